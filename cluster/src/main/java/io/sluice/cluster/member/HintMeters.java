package io.sluice.cluster.member;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** What operators see of the hints. */
final class HintMeters {
  private final Map<HintTable.Verdict, Counter> verdicts = new EnumMap<>(HintTable.Verdict.class);
  final Counter sent;
  final Counter cutShort;
  final Counter malformed;
  final Counter resubscribed;

  HintMeters(MeterRegistry registry, NodeHints hints) {
    Arrays.stream(HintTable.Verdict.values())
        .forEach(verdict -> verdicts.put(verdict, received(registry, result(verdict))));
    malformed = received(registry, "malformed");
    sent =
        Counter.builder("sluice.cluster.hints.sent")
            .description("Hints this node published")
            .register(registry);
    cutShort =
        Counter.builder("sluice.cluster.hints.cut.short")
            .description("Hints that did not go to all nodes, because a connection just broke")
            .register(registry);
    resubscribed =
        Counter.builder("sluice.cluster.hints.resubscribed")
            .description("Times the subscription to hints was made again because it was lost")
            .register(registry);
    gauge(
        registry,
        "sluice.cluster.nodes.up",
        "Other nodes whose hints arrive",
        hints,
        NodeHints::othersUp);
    gauge(
        registry,
        "sluice.cluster.clocks.agree",
        "1 when this node's clock is within 5 s of a majority's, else 0",
        hints,
        h -> h.clocksAgree() ? 1 : 0);
  }

  Counter of(HintTable.Verdict verdict) {
    return Objects.requireNonNull(verdicts.get(verdict));
  }

  private static void gauge(
      MeterRegistry registry,
      String name,
      String description,
      NodeHints hints,
      ToDoubleFunction<NodeHints> value) {
    Gauge.builder(name, hints, value).description(description).register(registry);
  }

  private static Counter received(MeterRegistry registry, String result) {
    return Counter.builder("sluice.cluster.hints.received")
        .description("Hints of other nodes, by what became of them")
        .tag("result", result)
        .register(registry);
  }

  private static String result(HintTable.Verdict verdict) {
    return switch (verdict) {
      case CAME_UP, NEWER -> "taken";
      case STALE -> "stale";
      case RIVAL -> "rival";
      case NO_ROOM -> "no-room";
    };
  }
}
