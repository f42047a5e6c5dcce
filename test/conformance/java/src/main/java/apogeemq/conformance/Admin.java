// SPDX-License-Identifier: Apache-2.0
package apogeemq.conformance;

import com.alibaba.fastjson2.JSONObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Map;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/** The administration client, and mqadmin itself with its output captured. */
final class Admin {
    private static final int ROUTE_ATTEMPTS = 100;
    private static final long ROUTE_PAUSE_MS = 50;

    private final Objects objects;

    Admin(Objects objects) {
        this.objects = objects;
    }

    void addTo(Map<String, Harness.Operation> operations) {
        operations.put("mqadmin", this::mqadmin);
        operations.put("admin.start", this::start);
        operations.put("admin.stop", this::stop);
        operations.put("admin.topic", this::topic);
        operations.put("admin.offsets", this::offsets);
        operations.put("admin.viewMessage", this::viewMessage);
        operations.put("admin.queryMessage", this::queryMessage);
    }

    /** Runs one command line in this JVM; the result is what it printed. */
    private synchronized Object mqadmin(JSONObject arguments) throws Exception {
        System.setProperty("rocketmq.namesrv.addr", arguments.getString("namesrvAddr"));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, "UTF-8"));
        try {
            MQAdminStartup.main0(
                arguments.getJSONArray("arguments").toArray(new String[0]), null);
        } finally {
            System.setOut(before);
        }
        return printed.toString("UTF-8");
    }

    private Object start(JSONObject arguments) throws Exception {
        DefaultMQAdminExt admin = new DefaultMQAdminExt();
        objects.configure(admin, arguments);
        admin.start();
        return objects.keep(admin);
    }

    private Object stop(JSONObject arguments) {
        return Objects.stopLater(objects.remove(arguments, DefaultMQAdminExt.class)::shutdown);
    }

    /** Creates a topic and returns when the name server tells its route. */
    private Object topic(JSONObject arguments) throws Exception {
        TopicConfig topic = new TopicConfig(arguments.getString("topic"));
        topic.setReadQueueNums(arguments.getIntValue("queues"));
        topic.setWriteQueueNums(arguments.getIntValue("queues"));
        topic.setPerm(arguments.getIntValue("perm", 6));
        DefaultMQAdminExt admin = objects.get(arguments, DefaultMQAdminExt.class);
        admin.createAndUpdateTopicConfig(arguments.getString("brokerAddr"), topic);
        for (int attempt = 1;; attempt++) {
            try {
                return admin.examineTopicRouteInfo(topic.getTopicName()).getQueueDatas().size();
            } catch (MQClientException error) {
                if (attempt == ROUTE_ATTEMPTS) {
                    throw error;
                }
                Thread.sleep(ROUTE_PAUSE_MS);
            }
        }
    }

    private Object offsets(JSONObject arguments) throws Exception {
        DefaultMQAdminExt admin = objects.get(arguments, DefaultMQAdminExt.class);
        MessageQueue queue = Messages.readQueue(arguments.getJSONObject("queue"));
        return new JSONObject()
            .fluentPut("min", admin.minOffset(queue))
            .fluentPut("max", admin.maxOffset(queue))
            .fluentPut("earliestStoreTime", admin.earliestMsgStoreTime(queue))
            .fluentPut("byTime", admin.searchOffset(queue, arguments.getLongValue("time")));
    }

    private Object viewMessage(JSONObject arguments) throws Exception {
        return Messages.write(objects.get(arguments, DefaultMQAdminExt.class)
            .viewMessage(arguments.getString("topic"), arguments.getString("msgId")));
    }

    private Object queryMessage(JSONObject arguments) throws Exception {
        QueryResult result = objects.get(arguments, DefaultMQAdminExt.class).queryMessage(
            arguments.getString("topic"), arguments.getString("key"), 32, 0,
            System.currentTimeMillis() + 60_000);
        return Messages.writeAll(result.getMessageList());
    }
}
