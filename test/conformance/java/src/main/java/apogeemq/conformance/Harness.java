// SPDX-License-Identifier: Apache-2.0
package apogeemq.conformance;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;

/**
 * Drives official clients by lines of JSON: {@code {"id":1,"op":"producer.start",...}} on standard
 * input, {@code {"id":1,"result":...}} or {@code {"id":1,"error":{...}}} on standard output.
 * Operations run side by side, so an answer may overtake another. The end of input ends the JVM.
 */
public final class Harness {
    /** One sub-command; the result is anything JSON can hold. */
    interface Operation {
        Object run(JSONObject arguments) throws Exception;
    }

    private final Map<String, Operation> operations = new HashMap<>();
    private final PrintStream answers = System.out;

    public static void main(String[] arguments) throws Exception {
        Harness harness = new Harness();
        // Clients print to standard output now and then; answers must stay alone there.
        System.setOut(System.err);
        Objects objects = new Objects();
        new Producers(objects).addTo(harness.operations);
        new PushConsumers(objects).addTo(harness.operations);
        new PullConsumers(objects).addTo(harness.operations);
        new Admin(objects).addTo(harness.operations);
        harness.serve();
        System.exit(0);
    }

    private void serve() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        BufferedReader requests =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        answer(new JSONObject().fluentPut("id", 0).fluentPut("result", "ready"));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            JSONObject request = JSON.parseObject(line);
            threads.submit(() -> answer(run(request)));
        }
    }

    private JSONObject run(JSONObject request) {
        JSONObject answer = new JSONObject().fluentPut("id", request.get("id"));
        String name = request.getString("op");
        try {
            Operation operation = operations.get(name);
            if (operation == null) {
                throw new IllegalArgumentException("no operation " + name);
            }
            answer.put("result", operation.run(request));
        } catch (Throwable error) {
            answer.put("error", describe(error));
        }
        return answer;
    }

    static JSONObject describe(Throwable error) {
        JSONObject shown = new JSONObject()
            .fluentPut("type", error.getClass().getSimpleName())
            .fluentPut("message", String.valueOf(error.getMessage()));
        if (error instanceof MQBrokerException) {
            shown.put("code", ((MQBrokerException) error).getResponseCode());
        } else if (error instanceof MQClientException) {
            shown.put("code", ((MQClientException) error).getResponseCode());
        }
        if (error.getCause() != null && error.getCause() != error) {
            shown.put("cause", describe(error.getCause()));
        }
        return shown;
    }

    private void answer(JSONObject answer) {
        byte[] line = (answer.toJSONString() + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (answers) {
            answers.write(line, 0, line.length);
            answers.flush();
        }
    }
}
