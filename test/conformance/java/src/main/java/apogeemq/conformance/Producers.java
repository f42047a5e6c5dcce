// SPDX-License-Identifier: Apache-2.0
package apogeemq.conformance;

import com.alibaba.fastjson2.JSONObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** Sends in every way the official producer knows. */
final class Producers {
    private static final long ASYNC_TIMEOUT_MS = 20_000;

    private final Objects objects;

    Producers(Objects objects) {
        this.objects = objects;
    }

    void addTo(Map<String, Harness.Operation> operations) {
        operations.put("producer.start", this::start);
        operations.put("producer.stop", this::stop);
        operations.put("producer.send", this::send);
        operations.put("producer.sendAsync", this::sendAsync);
        operations.put("producer.sendOneway", this::sendOneway);
        operations.put("producer.sendBatch", this::sendBatch);
        operations.put("producer.sendOrdered", this::sendOrdered);
        operations.put("producer.queues", this::queues);
        operations.put("producer.load", this::load);
        operations.put("producer.loadFor", this::loadFor);
    }

    private Object start(JSONObject arguments) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(arguments.getString("group"));
        objects.configure(producer, arguments);
        producer.setMaxMessageSize(16 << 20);
        producer.setCompressMsgBodyOverHowmuch(
            arguments.getIntValue("compressOver", Integer.MAX_VALUE));
        producer.setSendMsgTimeout(arguments.getIntValue("timeoutMs", 10_000));
        producer.setRetryTimesWhenSendFailed(arguments.getIntValue("retries", 0));
        producer.start();
        return objects.keep(producer);
    }

    private Object stop(JSONObject arguments) {
        return Objects.stopLater(objects.remove(arguments, DefaultMQProducer.class)::shutdown);
    }

    private Object send(JSONObject arguments) throws Exception {
        DefaultMQProducer producer = objects.get(arguments, DefaultMQProducer.class);
        Message message = Messages.read(arguments);
        JSONObject queue = arguments.getJSONObject("queue");
        return Messages.write(queue == null
            ? producer.send(message)
            : producer.send(message, Messages.readQueue(queue)));
    }

    private Object sendAsync(JSONObject arguments) throws Exception {
        CompletableFuture<SendResult> answer = new CompletableFuture<>();
        objects.get(arguments, DefaultMQProducer.class).send(Messages.read(arguments),
            new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    answer.complete(result);
                }

                @Override
                public void onException(Throwable error) {
                    answer.completeExceptionally(error);
                }
            });
        return Messages.write(answer.get(ASYNC_TIMEOUT_MS, TimeUnit.MILLISECONDS));
    }

    private Object sendOneway(JSONObject arguments) throws Exception {
        objects.get(arguments, DefaultMQProducer.class).sendOneway(Messages.read(arguments));
        return true;
    }

    private Object sendBatch(JSONObject arguments) throws Exception {
        DefaultMQProducer producer = objects.get(arguments, DefaultMQProducer.class);
        List<Message> messages = Messages.readAll(arguments.getJSONArray("messages"));
        JSONObject queue = arguments.getJSONObject("queue");
        return Messages.write(queue == null
            ? producer.send(messages)
            : producer.send(messages, Messages.readQueue(queue)));
    }

    /** The queue follows from {@code shard}, as the selector of an ordered application does it. */
    private Object sendOrdered(JSONObject arguments) throws Exception {
        DefaultMQProducer producer = objects.get(arguments, DefaultMQProducer.class);
        return Messages.write(producer.send(Messages.read(arguments),
            (queues, message, shard) -> queues.get((Integer) shard % queues.size()),
            arguments.getInteger("shard")));
    }

    private Object queues(JSONObject arguments) throws Exception {
        List<MessageQueue> queues = objects.get(arguments, DefaultMQProducer.class)
            .fetchPublishMessageQueues(arguments.getString("topic"));
        return Messages.writeQueues(queues);
    }

    /** Sends {@code count} messages from {@code threads} threads; body n is {@code load-<n>}. */
    private Object load(JSONObject arguments) throws Exception {
        DefaultMQProducer producer = objects.get(arguments, DefaultMQProducer.class);
        int count = arguments.getIntValue("count");
        AtomicInteger next = new AtomicInteger();
        BlockingQueue<Throwable> failures = new ArrayBlockingQueue<>(1024);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < arguments.getIntValue("threads"); t++) {
            Thread thread = new Thread(() -> {
                for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                    JSONObject message = new JSONObject()
                        .fluentPut("topic", arguments.get("topic"))
                        .fluentPut("keys", "k" + n)
                        .fluentPut("body", "load-" + n);
                    try {
                        producer.send(Messages.read(message));
                    } catch (Throwable error) {
                        failures.offer(error);
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        JSONObject result = new JSONObject().fluentPut("failed", failures.size());
        if (!failures.isEmpty()) {
            result.put("firstFailure", Harness.describe(failures.peek()));
        }
        return result;
    }

    /** Sends for {@code durationMs}; the result lists the bodies that were answered SEND_OK. */
    private Object loadFor(JSONObject arguments) throws Exception {
        DefaultMQProducer producer = objects.get(arguments, DefaultMQProducer.class);
        long end = System.currentTimeMillis() + arguments.getLongValue("durationMs");
        ConcurrentLinkedQueue<String> stored = new ConcurrentLinkedQueue<>();
        AtomicInteger next = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < arguments.getIntValue("threads"); t++) {
            Thread thread = new Thread(() -> {
                while (System.currentTimeMillis() < end) {
                    String body = "load-" + next.getAndIncrement();
                    JSONObject message = new JSONObject()
                        .fluentPut("topic", arguments.get("topic")).fluentPut("body", body);
                    try {
                        SendResult result = producer.send(Messages.read(message));
                        if (result.getSendStatus() == SendStatus.SEND_OK) {
                            stored.add(body);
                        }
                    } catch (Throwable error) {
                        failed.incrementAndGet();
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return new JSONObject().fluentPut("stored", stored).fluentPut("failed", failed.get());
    }
}
