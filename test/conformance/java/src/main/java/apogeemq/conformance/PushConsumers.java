// SPDX-License-Identifier: Apache-2.0
package apogeemq.conformance;

import com.alibaba.fastjson2.JSONObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

/** Push consumers that remember what they were given. */
final class PushConsumers {
    /** A running consumer and its messages in the order of delivery. */
    private static final class Running {
        private DefaultMQPushConsumer consumer;
        private final List<JSONObject> received = new ArrayList<>();
        /** Deliveries of a message that are answered with "later" before one is accepted. */
        private int failures;

        synchronized boolean accept(List<MessageExt> messages) {
            for (MessageExt message : messages) {
                received.add(Messages.write(message)
                    .fluentPut("thread", Thread.currentThread().getName()));
            }
            notifyAll();
            return messages.get(0).getReconsumeTimes() >= failures;
        }

        synchronized List<JSONObject> await(int atLeast, long timeoutMs)
            throws InterruptedException {
            long end = System.currentTimeMillis() + timeoutMs;
            while (received.size() < atLeast && System.currentTimeMillis() < end) {
                wait(Math.max(1, end - System.currentTimeMillis()));
            }
            return new ArrayList<>(received);
        }
    }

    private final Objects objects;

    PushConsumers(Objects objects) {
        this.objects = objects;
    }

    void addTo(Map<String, Harness.Operation> operations) {
        operations.put("push.start", this::start);
        operations.put("push.stop", this::stop);
        operations.put("push.received", this::received);
        operations.put("push.queues", this::queues);
        operations.put("push.persist", this::persist);
    }

    private Object start(JSONObject arguments) throws Exception {
        Running running = new Running();
        running.failures = arguments.getIntValue("failures");
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(arguments.getString("group"));
        running.consumer = consumer;
        objects.configure(consumer, arguments);
        consumer.setMessageModel(arguments.getBooleanValue("broadcasting")
            ? MessageModel.BROADCASTING : MessageModel.CLUSTERING);
        String from = arguments.getString("from");
        consumer.setConsumeFromWhere(from == null
            ? ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET : ConsumeFromWhere.valueOf(from));
        consumer.setConsumeThreadMin(4);
        consumer.setConsumeThreadMax(4);
        if (arguments.containsKey("maxReconsumeTimes")) {
            consumer.setMaxReconsumeTimes(arguments.getIntValue("maxReconsumeTimes"));
        }
        String expression = arguments.getString("expression");
        consumer.subscribe(arguments.getString("topic"), expression == null ? "*" : expression);
        if (arguments.getBooleanValue("orderly")) {
            consumer.registerMessageListener(orderly(running));
        } else {
            consumer.registerMessageListener(concurrent(running));
        }
        consumer.start();
        return objects.keep(running);
    }

    private static MessageListenerConcurrently concurrent(Running running) {
        return (messages, context) -> {
            context.setDelayLevelWhenNextConsume(1);
            return running.accept(messages)
                ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS
                : ConsumeConcurrentlyStatus.RECONSUME_LATER;
        };
    }

    private static MessageListenerOrderly orderly(Running running) {
        return (messages, context) -> {
            context.setSuspendCurrentQueueTimeMillis(100);
            return running.accept(messages)
                ? ConsumeOrderlyStatus.SUCCESS
                : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
        };
    }

    private Object stop(JSONObject arguments) {
        objects.remove(arguments, Running.class).consumer.shutdown();
        return true;
    }

    /** All messages so far, once there are {@code atLeast} or {@code timeoutMs} have passed. */
    private Object received(JSONObject arguments) throws Exception {
        return objects.get(arguments, Running.class)
            .await(arguments.getIntValue("atLeast"), arguments.getLongValue("timeoutMs"));
    }

    /** The queues this consumer holds at the moment. */
    private Object queues(JSONObject arguments) {
        return Messages.writeQueues(objects.get(arguments, Running.class).consumer
            .getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet());
    }

    /** Tells the broker now how far this consumer came; by itself it does so 10 s after start. */
    private Object persist(JSONObject arguments) {
        objects.get(arguments, Running.class).consumer
            .getDefaultMQPushConsumerImpl().persistConsumerOffset();
        return true;
    }
}
