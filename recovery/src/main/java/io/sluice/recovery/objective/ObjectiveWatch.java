package io.sluice.recovery.objective;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.storage.proto.AlertsSent;
import io.sluice.storage.proto.NoteTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares, on the node that leads shard 0, what targets could bring back with what was asked for,
 * and tells their webhooks: once for each objective that is missed, until it was met again, and
 * once for each backup that failed. What was told is in the target's record, so another node that
 * leads does not tell it again; one that ends between a post and its record does.
 *
 * <p>Any thread.
 */
public final class ObjectiveWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ObjectiveWatch.class);

  private static final Duration POST_LIMIT = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);

  /** After a webhook that did not answer was given up. */
  private static final Duration SILENCE = Duration.ofMinutes(5);

  private final BackupGround on;
  private final TargetRecords records;
  private final Duration lookEvery;
  private final Webhook webhook;
  private final Consumer<List<RecoveryOutlook>> listener;
  private final AtomicBoolean looking = new AtomicBoolean();
  private final Set<String> telling = ConcurrentHashMap.newKeySet();
  private final Map<String, Instant> silentUntil = new ConcurrentHashMap<>();
  private @Nullable ScheduledFuture<?> looks;
  private volatile boolean closed;

  /**
   * @param listener hears of all targets each time they are looked at, and of none while this node
   *     does not lead; must return at once
   */
  public ObjectiveWatch(
      BackupGround on, Duration lookEvery, Consumer<List<RecoveryOutlook>> listener) {
    this.on = on;
    this.records = new TargetRecords(on.metadata());
    this.lookEvery = lookEvery;
    this.webhook = new Webhook(on.timers(), POST_LIMIT, FIRST_PAUSE);
    this.listener = listener;
  }

  /**
   * Whether alerts can be sent there.
   *
   * @throws IllegalArgumentException when not; the message is for people
   */
  public static void requireAddress(String address) {
    Webhook.address(address);
  }

  /** Begins to look. */
  public void start() {
    looks =
        on.timers()
            .scheduleWithFixedDelay(
                this::look, lookEvery.toMillis(), lookEvery.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (!on.leads().getAsBoolean()) {
      listener.accept(List.of());
      return;
    }
    if (closed || !looking.compareAndSet(false, true)) {
      return;
    }
    records
        .list()
        .onTermination()
        .invoke(() -> looking.set(false))
        .subscribe()
        .with(this::compare, failure -> log.debug("Backup targets can't be listed", failure));
  }

  private void compare(List<TargetRecord> targets) {
    Instant now = on.clock().instant();
    List<RecoveryOutlook> outlooks =
        targets.stream().map(target -> RecoveryOutlook.of(target, now)).toList();
    listener.accept(outlooks);
    silentUntil
        .keySet()
        .removeIf(name -> targets.stream().noneMatch(t -> t.getName().equals(name)));
    outlooks.forEach(outlook -> tell(outlook, now));
  }

  private void tell(RecoveryOutlook outlook, Instant now) {
    TargetRecord target = outlook.target();
    String name = target.getName();
    AlertsSent told = Alert.told(outlook);
    if (target.getAlertUrl().isEmpty()
        || told.equals(target.getAlerts())
        || now.isBefore(silentUntil.getOrDefault(name, Instant.MIN))
        || !telling.add(name)) {
      return;
    }
    post(outlook, Alert.untold(outlook), now)
        .chain(() -> records.note(note(target).setAlerts(told).build()))
        .onTermination()
        .invoke(() -> telling.remove(name))
        .subscribe()
        .with(
            done -> silentUntil.remove(name),
            failure -> {
              silentUntil.put(name, now.plus(SILENCE));
              log.warn("An alert of target {} was not sent: {}", name, failure.getMessage());
            });
  }

  private Uni<Void> post(RecoveryOutlook outlook, List<Alert> alerts, Instant now) {
    return Uni.createFrom()
        .item(() -> Webhook.address(outlook.target().getAlertUrl()))
        .flatMap(
            address ->
                Multi.createFrom()
                    .iterable(alerts)
                    .onItem()
                    .transformToUniAndConcatenate(alert -> post(address, outlook, alert, now))
                    .onItem()
                    .ignoreAsUni());
  }

  private Uni<Void> post(URI address, RecoveryOutlook outlook, Alert alert, Instant now) {
    TargetRecord target = outlook.target();
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("event", alert.event())
            .put("target", target.getName())
            .put("cluster", on.clusterId().toString())
            .put("node", on.node())
            .put("at", now.toString())
            .put("message", alert.message())
            .put("ageSeconds", outlook.age().toSeconds())
            .put("rpoSeconds", target.getRpoSeconds())
            .put("rtoSeconds", target.getRtoSeconds());
    outlook.estimate().ifPresent(time -> json.put("estimatedSeconds", time.toSeconds()));
    return webhook.post(address, json.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static NoteTarget.Builder note(TargetRecord target) {
    return NoteTarget.newBuilder().setTarget(target.getName()).setUrl(target.getUrl());
  }

  @Override
  public void close() {
    closed = true;
    ScheduledFuture<?> ticking = looks;
    if (ticking != null) {
      ticking.cancel(false);
    }
  }
}
