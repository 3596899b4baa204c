package io.sluice.load.consistency;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all clients did, key by key, and which content has which number. Keys are independent: a
 * store is linearizable when each key is. Thread-safe.
 */
final class History {

  private final Map<String, Queue<Operation>> operations = new ConcurrentHashMap<>();
  private final Map<String, Long> values = new ConcurrentHashMap<>();
  private final AtomicLong lastValue = new AtomicLong(Operation.ABSENT);

  void add(String key, Operation operation) {
    operations.computeIfAbsent(key, k -> new ConcurrentLinkedQueue<>()).add(operation);
  }

  /** A number for a content that will be written. */
  long newValue() {
    return lastValue.incrementAndGet();
  }

  /** Must come before the write is sent. */
  void register(String etag, long value) {
    values.put(etag, value);
  }

  /** The number of the content with that ETag; -1 when nobody wrote it. */
  long valueOf(String etag) {
    return values.getOrDefault(etag, -1L);
  }

  List<String> keys() {
    return operations.keySet().stream().sorted().toList();
  }

  List<Operation> of(String key) {
    return new ArrayList<>(operations.getOrDefault(key, new ConcurrentLinkedQueue<>()));
  }

  long size() {
    return operations.values().stream().mapToLong(Queue::size).sum();
  }

  long unknown() {
    return operations.values().stream().flatMap(Queue::stream).filter(Operation::isUnknown).count();
  }

  /** Writes the history of a key, a line for each operation, for reading. */
  void write(String key, Path file) throws IOException {
    try (BufferedWriter writer = Files.newBufferedWriter(file)) {
      for (Operation operation : of(key)) {
        writer.write(operation.toString());
        writer.newLine();
      }
    }
  }
}
