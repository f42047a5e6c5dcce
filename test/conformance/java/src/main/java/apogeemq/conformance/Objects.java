// SPDX-License-Identifier: Apache-2.0
package apogeemq.conformance;

import com.alibaba.fastjson2.JSONObject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.ClientConfig;

/** Clients that stay alive between operations, under a handle that the tests pass back. */
final class Objects {
    private final Map<Integer, Object> byHandle = new ConcurrentHashMap<>();
    private final AtomicInteger next = new AtomicInteger();

    int keep(Object object) {
        int handle = next.incrementAndGet();
        byHandle.put(handle, object);
        return handle;
    }

    <T> T get(JSONObject arguments, Class<T> type) {
        Object object = byHandle.get(arguments.getIntValue("handle"));
        if (!type.isInstance(object)) {
            throw new IllegalArgumentException(
                "handle " + arguments.get("handle") + " is no " + type.getSimpleName());
        }
        return type.cast(object);
    }

    <T> T remove(JSONObject arguments, Class<T> type) {
        T object = get(arguments, type);
        byHandle.remove(arguments.getIntValue("handle"));
        return object;
    }

    /**
     * Stops a client that holds nothing a test waits for. A shutdown may take 3 s, so it goes on
     * behind the answer.
     */
    static Object stopLater(Runnable shutdown) {
        new Thread(shutdown, "shutdown").start();
        return true;
    }

    /** Each client gets a connection of its own, as clients of different processes have. */
    void configure(ClientConfig client, JSONObject arguments) {
        client.setNamesrvAddr(arguments.getString("namesrvAddr"));
        client.setClientIP("127.0.0.1");
        String instance = arguments.getString("instance");
        client.setInstanceName(instance != null ? instance : "i" + next.incrementAndGet());
        if (arguments.containsKey("heartbeatMs")) {
            client.setHeartbeatBrokerInterval(arguments.getIntValue("heartbeatMs"));
        }
        if (arguments.containsKey("vip")) {
            client.setVipChannelEnabled(arguments.getBooleanValue("vip"));
        }
    }
}
