// SPDX-License-Identifier: Apache-2.0
package apogeemq.conformance;

import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Messages from JSON and to JSON. */
final class Messages {
    private static final int SHOWN_BODY_BYTES = 1024;

    private Messages() {
    }

    /** {@code body} is text; or {@code bodySize} asks for a body whose bytes follow a pattern. */
    static Message read(JSONObject json) {
        byte[] body = json.containsKey("bodySize")
            ? pattern(json.getIntValue("bodySize"))
            : json.getString("body").getBytes(StandardCharsets.UTF_8);
        Message message = new Message(json.getString("topic"), json.getString("tags"),
            json.getString("keys"), json.getIntValue("flag"), body, true);
        JSONObject properties = json.getJSONObject("properties");
        if (properties != null) {
            for (String name : properties.keySet()) {
                message.putUserProperty(name, properties.getString(name));
            }
        }
        if (json.containsKey("uniqKey")) {
            MessageAccessor.putProperty(message,
                MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, json.getString("uniqKey"));
        }
        return message;
    }

    static List<Message> readAll(JSONArray array) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            messages.add(read(array.getJSONObject(i)));
        }
        return messages;
    }

    static byte[] pattern(int size) {
        byte[] body = new byte[size];
        for (int i = 0; i < size; i++) {
            body[i] = (byte) ('a' + i % 26);
        }
        return body;
    }

    static long crc(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body);
        return crc.getValue();
    }

    static JSONObject write(MessageExt message) {
        JSONObject json = new JSONObject();
        json.put("topic", message.getTopic());
        json.put("tags", message.getTags());
        json.put("keys", message.getKeys());
        json.put("flag", message.getFlag());
        byte[] body = message.getBody();
        json.put("bodySize", body.length);
        json.put("bodyCrc", crc(body));
        if (body.length <= SHOWN_BODY_BYTES) {
            json.put("body", new String(body, StandardCharsets.UTF_8));
        }
        json.put("brokerName", message.getBrokerName());
        json.put("queueId", message.getQueueId());
        json.put("queueOffset", message.getQueueOffset());
        json.put("physicalOffset", message.getCommitLogOffset());
        json.put("storeSize", message.getStoreSize());
        json.put("msgId", message.getMsgId());
        if (message instanceof MessageClientExt) {
            json.put("offsetMsgId", ((MessageClientExt) message).getOffsetMsgId());
        }
        json.put("reconsumeTimes", message.getReconsumeTimes());
        json.put("sysFlag", message.getSysFlag());
        json.put("bornHost", address(message.getBornHost()));
        json.put("storeHost", address(message.getStoreHost()));
        json.put("bornTimestamp", message.getBornTimestamp());
        json.put("storeTimestamp", message.getStoreTimestamp());
        json.put("properties", message.getProperties());
        return json;
    }

    static List<JSONObject> writeAll(Collection<? extends MessageExt> messages) {
        List<JSONObject> all = new ArrayList<>();
        for (MessageExt message : messages) {
            all.add(write(message));
        }
        return all;
    }

    static JSONObject write(SendResult result) {
        return new JSONObject()
            .fluentPut("status", result.getSendStatus().name())
            .fluentPut("msgId", result.getMsgId())
            .fluentPut("offsetMsgId", result.getOffsetMsgId())
            .fluentPut("brokerName", result.getMessageQueue().getBrokerName())
            .fluentPut("queueId", result.getMessageQueue().getQueueId())
            .fluentPut("queueOffset", result.getQueueOffset())
            .fluentPut("transactionId", result.getTransactionId())
            .fluentPut("regionId", result.getRegionId())
            .fluentPut("traceOn", result.isTraceOn());
    }

    static JSONObject write(MessageQueue queue) {
        return new JSONObject().fluentPut("topic", queue.getTopic())
            .fluentPut("brokerName", queue.getBrokerName())
            .fluentPut("queueId", queue.getQueueId());
    }

    static List<JSONObject> writeQueues(Collection<MessageQueue> queues) {
        List<JSONObject> all = new ArrayList<>();
        queues.stream().sorted().forEach(queue -> all.add(write(queue)));
        return all;
    }

    static MessageQueue readQueue(JSONObject json) {
        return new MessageQueue(json.getString("topic"), json.getString("brokerName"),
            json.getIntValue("queueId"));
    }

    private static String address(SocketAddress address) {
        InetSocketAddress internet = (InetSocketAddress) address;
        return internet.getAddress().getHostAddress() + ":" + internet.getPort();
    }
}
