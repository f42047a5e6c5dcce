// SPDX-License-Identifier: Apache-2.0
package apogeemq.conformance;

import com.alibaba.fastjson2.JSONObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** The two pull consumers: DefaultLitePullConsumer and the older DefaultMQPullConsumer. */
@SuppressWarnings("deprecation")
final class PullConsumers {
    private static final long POLL_MS = 200;

    private final Objects objects;

    PullConsumers(Objects objects) {
        this.objects = objects;
    }

    void addTo(Map<String, Harness.Operation> operations) {
        operations.put("lite.start", this::startLite);
        operations.put("lite.poll", this::pollLite);
        operations.put("lite.seekToBegin", this::seekToBegin);
        operations.put("lite.commit", this::commitLite);
        operations.put("lite.stop", this::stopLite);
        operations.put("pull.start", this::start);
        operations.put("pull.queues", this::queues);
        operations.put("pull.pull", this::pull);
        operations.put("pull.offset", this::offset);
        operations.put("pull.updateOffset", this::updateOffset);
        operations.put("pull.stop", this::stop);
    }

    private Object startLite(JSONObject arguments) throws Exception {
        DefaultLitePullConsumer consumer =
            new DefaultLitePullConsumer(arguments.getString("group"));
        objects.configure(consumer, arguments);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAutoCommit(false);
        String topic = arguments.getString("topic");
        if (arguments.getBooleanValue("assign")) {
            consumer.start();
            consumer.assign(consumer.fetchMessageQueues(topic));
        } else {
            String expression = arguments.getString("expression");
            consumer.subscribe(topic, expression == null ? "*" : expression);
            consumer.start();
        }
        return objects.keep(consumer);
    }

    /** Polls until there are {@code atLeast} messages or {@code timeoutMs} have passed. */
    private Object pollLite(JSONObject arguments) {
        DefaultLitePullConsumer consumer = objects.get(arguments, DefaultLitePullConsumer.class);
        long end = System.currentTimeMillis() + arguments.getLongValue("timeoutMs");
        int atLeast = arguments.getIntValue("atLeast");
        List<MessageExt> messages = new ArrayList<>();
        while (messages.size() < atLeast && System.currentTimeMillis() < end) {
            messages.addAll(consumer.poll(POLL_MS));
        }
        return Messages.writeAll(messages);
    }

    private Object seekToBegin(JSONObject arguments) throws Exception {
        DefaultLitePullConsumer consumer = objects.get(arguments, DefaultLitePullConsumer.class);
        for (MessageQueue queue : consumer.assignment()) {
            consumer.seekToBegin(queue);
        }
        return true;
    }

    private Object commitLite(JSONObject arguments) throws Exception {
        DefaultLitePullConsumer consumer = objects.get(arguments, DefaultLitePullConsumer.class);
        consumer.commit();
        List<JSONObject> committed = new ArrayList<>();
        for (MessageQueue queue : consumer.assignment()) {
            committed.add(Messages.write(queue).fluentPut("offset", consumer.committed(queue)));
        }
        return committed;
    }

    private Object stopLite(JSONObject arguments) {
        objects.remove(arguments, DefaultLitePullConsumer.class).shutdown();
        return true;
    }

    private Object start(JSONObject arguments) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(arguments.getString("group"));
        objects.configure(consumer, arguments);
        consumer.start();
        return objects.keep(consumer);
    }

    private Object queues(JSONObject arguments) throws Exception {
        return Messages.writeQueues(objects.get(arguments, DefaultMQPullConsumer.class)
            .fetchSubscribeMessageQueues(arguments.getString("topic")));
    }

    private Object pull(JSONObject arguments) throws Exception {
        DefaultMQPullConsumer consumer = objects.get(arguments, DefaultMQPullConsumer.class);
        MessageQueue queue = Messages.readQueue(arguments.getJSONObject("queue"));
        String expression = arguments.getString("expression");
        long offset = arguments.getLongValue("offset");
        int most = arguments.getIntValue("most", 32);
        PullResult result = arguments.getBooleanValue("block")
            ? consumer.pullBlockIfNotFound(queue, expression, offset, most)
            : consumer.pull(queue, expression, offset, most);
        JSONObject json = new JSONObject()
            .fluentPut("status", result.getPullStatus().name())
            .fluentPut("nextBeginOffset", result.getNextBeginOffset())
            .fluentPut("minOffset", result.getMinOffset())
            .fluentPut("maxOffset", result.getMaxOffset());
        if (result.getMsgFoundList() != null) {
            json.put("messages", Messages.writeAll(result.getMsgFoundList()));
        }
        return json;
    }

    private Object updateOffset(JSONObject arguments) throws Exception {
        DefaultMQPullConsumer consumer = objects.get(arguments, DefaultMQPullConsumer.class);
        MessageQueue queue = Messages.readQueue(arguments.getJSONObject("queue"));
        consumer.updateConsumeOffset(queue, arguments.getLongValue("offset"));
        consumer.getDefaultMQPullConsumerImpl().getOffsetStore().persist(queue);
        return true;
    }

    /** The offset the broker keeps for the group. */
    private Object offset(JSONObject arguments) throws Exception {
        return objects.get(arguments, DefaultMQPullConsumer.class).fetchConsumeOffset(
            Messages.readQueue(arguments.getJSONObject("queue")), true);
    }

    private Object stop(JSONObject arguments) {
        return Objects.stopLater(objects.remove(arguments, DefaultMQPullConsumer.class)::shutdown);
    }
}
