package io.sluice.cluster.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.NodeHint;
import io.sluice.testkit.TestClock;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node makes of what others say; here over a bus inside one process. */
class NodeHintsTest {
  private static final HintOptions FAST =
      new HintOptions(Duration.ofMillis(20), Duration.ofSeconds(5));

  private final Vertx vertx = Vertx.vertx();
  private final TestClock time = new TestClock();
  private final Clocks clocks = new Clocks(time, time::nanos);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final AtomicLong sequence = new AtomicLong();
  private volatile Set<String> registered = Set.of("n1", "n2", "n3");
  private NodeHints hints;

  @BeforeEach
  void start() {
    hints = new NodeHints(vertx, this::own, () -> registered, FAST, clocks, registry);
    hints.addListener(
        new NodeListener() {
          @Override
          public void seen(NodeHint hint) {
            events.add("seen " + hint.getName());
          }

          @Override
          public void cameUp(String node) {
            events.add("up " + node);
          }

          @Override
          public void fellSilent(String node) {
            events.add("silent " + node);
          }
        });
    hints.start().await();
  }

  @AfterEach
  void close() {
    hints.stop().await();
    vertx.close().await();
  }

  @Test
  void hint_ofAnother_isKeptAndTold() {
    say(hint("n2").addDisks(DiskHint.newBuilder().setId("d1").setRequestsInFlight(7)));
    await().until(() -> hints.up("n2"));
    assertThat(hints.hint("n2").orElseThrow().getInternalAddress()).isEqualTo("127.0.0.1:7002");
    assertThat(hints.disk("n2", "d1").orElseThrow().getRequestsInFlight()).isEqualTo(7);
    assertThat(hints.disk("n2", "d2")).isEmpty();
    assertThat(hints.all()).hasSize(1);
    await().untilAsserted(() -> assertThat(events).containsExactly("up n2", "seen n2"));
  }

  @Test
  void ownHints_areNotKept_andThisNodeIsUp() {
    assertThat(hints.up("n1")).isTrue();
    assertThat(hints.silentFor("n1")).isZero();
    await().until(() -> counter("sluice.cluster.hints.sent") > 3);
    assertThat(hints.all()).isEmpty();
    assertThat(hints.rival()).isEmpty();
  }

  @Test
  void malformedHints_areDroppedAndCounted_andHarmNothing() {
    vertx.eventBus().publish(NodeHints.ADDRESS, "not a hint");
    vertx.eventBus().publish(NodeHints.ADDRESS, Buffer.buffer("neither"));
    vertx.eventBus().publish(NodeHints.ADDRESS, Buffer.buffer(new byte[100_000]));
    say(hint("../../etc"));
    say(hint("n2").setInternalAddress("nowhere"));
    await().until(() -> received("malformed") == 5);
    assertThat(hints.all()).isEmpty();
    say(hint("n2"));
    await().until(() -> hints.up("n2"));
  }

  @Test
  void replayedHint_isStale() {
    NodeHint.Builder hint = hint("n2");
    say(hint);
    say(hint);
    await().until(() -> received("stale") == 1);
  }

  @Test
  void newcomer_isGreetedAtOnce_butAFloodOfThemIsNot() {
    hints.stop().await();
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    NodeHints seldom =
        new NodeHints(
            vertx,
            this::own,
            () -> registered,
            new HintOptions(Duration.ofMinutes(10), Duration.ofMinutes(20)),
            clocks,
            meters);
    seldom.start().await();
    await().until(() -> sent(meters) == 1);
    time.pass(Duration.ofSeconds(1));
    for (int i = 0; i < 100; i++) {
      say(hint("x" + i).setInternalAddress("h:1"));
    }
    await().until(() -> seldom.all().size() == 100);
    assertThat(sent(meters)).isEqualTo(2);
    seldom.stop().await();
  }

  /** As Vert.x throws when a connection to a third node just broke. */
  @Test
  void newcomer_whoseGreetingCannotBePublished_isSeenAllTheSame_andPublishingGoesOn() {
    hints.stop().await();
    AtomicBoolean broken = new AtomicBoolean();
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    hints = new NodeHints(withBrokenBus(broken), this::own, () -> registered, FAST, clocks, meters);
    hints.addListener(
        new NodeListener() {
          @Override
          public void seen(NodeHint hint) {
            events.add("seen in spite of it: " + hint.getName());
          }
        });
    hints.start().await();
    time.pass(Duration.ofSeconds(1));
    broken.set(true);
    say(hint("n2"));
    await().untilAsserted(() -> assertThat(events).containsExactly("seen in spite of it: n2"));
    await().until(() -> meters.get("sluice.cluster.hints.cut.short").counter().count() > 1);
    double before = sent(meters);
    broken.set(false);
    await().until(() -> sent(meters) > before);
  }

  private Vertx withBrokenBus(AtomicBoolean broken) {
    EventBus bus =
        instead(
            EventBus.class,
            vertx.eventBus(),
            "publish",
            (real, arguments) -> {
              if (broken.get()) {
                throw new IllegalStateException("Promise already completed");
              }
              return real.invoke(vertx.eventBus(), arguments);
            });
    return instead(Vertx.class, vertx, "eventBus", (real, arguments) -> bus);
  }

  private interface Call {
    Object invoke(Method real, Object[] arguments) throws ReflectiveOperationException;
  }

  /** The same, but for one method. */
  private static <T> T instead(Class<T> type, T same, String name, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                method.getName().equals(name)
                    ? call.invoke(method, arguments)
                    : method.invoke(same, arguments)));
  }

  private static double sent(SimpleMeterRegistry meters) {
    return meters.get("sluice.cluster.hints.sent").counter().count();
  }

  @Test
  void some_ofAFloodOfNames_isFew() {
    for (int i = 10; i < 110; i++) {
      say(hint("x" + i));
    }
    say(hint("n2"));
    await().until(() -> hints.up("n2"));
    assertThat(hints.all()).hasSizeGreaterThan(64);
    assertThat(hints.some(64)).hasSize(64).doesNotHaveDuplicates();
    assertThat(hints.some(1000)).hasSameSizeAs(hints.all());
  }

  @Test
  void ownNameOfAnotherIncarnation_isARival() {
    say(hint("n1").setIncarnation("another"));
    await().until(() -> hints.rival().isPresent());
    assertThat(received("rival")).isEqualTo(1);
    assertThat(hints.candidates()).hasSize(1);
  }

  @Test
  void silence_isToldOnce_andEndsWithTheNextHint() {
    say(hint("n2"));
    await().until(() -> hints.up("n2"));
    passInSteps(5_100);
    await().until(() -> !hints.up("n2"));
    assertThat(hints.silentFor("n2")).isGreaterThan(Duration.ofSeconds(5));
    assertThat(hints.hint("n2")).isPresent();
    assertThat(hints.disk("n2", "d1")).isEmpty();
    say(hint("n2"));
    await()
        .untilAsserted(
            () ->
                assertThat(events)
                    .containsExactly("up n2", "seen n2", "silent n2", "up n2", "seen n2"));
  }

  @Test
  void silentFor_neverHeard_countsFromTheStart() {
    time.pass(Duration.ofSeconds(3));
    assertThat(hints.silentFor("n3")).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    assertThat(hints.up("n3")).isFalse();
  }

  @Test
  void droppedByHazelcast_isSilentAtOnce() {
    say(hint("n2"));
    await().until(() -> hints.up("n2"));
    hints.left(new Member("n2", "another", false));
    hints.left(new Member("n2", "incarnation-n2", false));
    await().until(() -> !hints.up("n2"));
    await().until(() -> events.contains("silent n2"));
  }

  @Test
  void processThatStoodStill_doesNotTakeOthersForSilent() {
    say(hint("n2"));
    await().until(() -> hints.up("n2"));
    time.pass(Duration.ofSeconds(30));
    double sent = counter("sluice.cluster.hints.sent");
    await().until(() -> counter("sluice.cluster.hints.sent") > sent + 5);
    assertThat(hints.up("n2")).isTrue();
    assertThat(events).doesNotContain("silent n2");
  }

  @Test
  void clocks_majorityWithinFiveSeconds_agree() {
    assertThat(hints.clocksAgree()).as("alone of three").isFalse();
    say(hint("n2").setClockMs(time.millis() + 4_000));
    await().until(() -> hints.clocksAgree());
    say(hint("n3").setClockMs(time.millis() + 3_600_000));
    await().until(() -> hints.up("n3"));
    assertThat(hints.clocksAgree()).as("two of three").isTrue();
    registered = Set.of("n1");
    assertThat(hints.clocksAgree()).as("a single node").isTrue();
    registered = Set.of();
    assertThat(hints.clocksAgree()).as("nothing known yet").isFalse();
  }

  @Test
  void clocks_ownJump_showsAtOnceWithoutAnyHint() {
    say(hint("n2"));
    say(hint("n3"));
    await().until(() -> hints.up("n2") && hints.up("n3"));
    assertThat(hints.clocksAgree()).isTrue();
    time.jump(Duration.ofSeconds(-6));
    assertThat(hints.clocksAgree()).isFalse();
    time.jump(Duration.ofSeconds(6));
    assertThat(hints.clocksAgree()).isTrue();
  }

  @Test
  void clocks_forgedBeyondNumbers_doNotAgree() {
    say(hint("n2").setClockMs(Long.MIN_VALUE));
    say(hint("n3").setClockMs(Long.MAX_VALUE));
    await().until(() -> hints.up("n2") && hints.up("n3"));
    assertThat(hints.clocksAgree()).isFalse();
  }

  @Test
  void clocks_ofStrangers_doNotCount() {
    say(hint("x1"));
    say(hint("x2"));
    await().until(() -> hints.up("x1") && hints.up("x2"));
    assertThat(hints.clocksAgree()).isFalse();
  }

  /** The other was never told that this node listens. */
  @Test
  void joinedNode_ofWhichNoHintArrives_subscribesAgain_andNotBecauseOfItself() {
    hints.joined(new Member("n1", "own", true));
    passInSteps(12_000);
    assertThat(counter("sluice.cluster.hints.resubscribed")).isZero();
    Member unheard = new Member("n3", "incarnation 3", false);
    hints.joined(unheard);
    passInSteps(12_000);
    await().until(() -> counter("sluice.cluster.hints.resubscribed") == 1);
    passInSteps(12_000);
    await().until(() -> counter("sluice.cluster.hints.resubscribed") == 2);
    hints.left(unheard);
    passInSteps(12_000);
    assertThat(counter("sluice.cluster.hints.resubscribed")).isEqualTo(2);
  }

  @Test
  void joinedNode_thatIsHeard_isNoReasonToSubscribeAgain() {
    hints.joined(new Member("n2", "incarnation-n2", false));
    for (int i = 0; i < 3; i++) {
      say(hint("n2"));
      passInSteps(4_000);
    }
    assertThat(counter("sluice.cluster.hints.resubscribed")).isZero();
  }

  @Test
  void merged_subscribesAgain() {
    hints.merged();
    await().until(() -> counter("sluice.cluster.hints.resubscribed") == 1);
    say(hint("n2"));
    await().until(() -> hints.up("n2"));
  }

  /** In steps that are shorter than what counts as standing still, each seen by a sweep. */
  private void passInSteps(long ms) {
    for (long passed = 0; passed < ms; passed += 1_000) {
      time.pass(Duration.ofSeconds(1));
      double sent = counter("sluice.cluster.hints.sent");
      await().until(() -> counter("sluice.cluster.hints.sent") > sent + 2);
    }
  }

  private void say(NodeHint.Builder hint) {
    vertx.eventBus().publish(NodeHints.ADDRESS, HintBytes.write(hint.build()));
  }

  private NodeHint own() {
    return hint("n1").clearSequence().build();
  }

  private NodeHint.Builder hint(String name) {
    return NodeHint.newBuilder()
        .setName(name)
        .setIncarnation("incarnation-" + name)
        .setInternalAddress("127.0.0.1:700" + name.charAt(name.length() - 1))
        .setClockMs(time.millis())
        .setSequence(sequence.incrementAndGet());
  }

  private double received(String result) {
    return registry.get("sluice.cluster.hints.received").tag("result", result).counter().count();
  }

  private double counter(String name) {
    return registry.get(name).counter().count();
  }
}
