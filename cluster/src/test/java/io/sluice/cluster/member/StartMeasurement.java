package io.sluice.cluster.member;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.proto.NodeHint;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * Prints how long the JVM took until one clustered node says and hears hints. Not a test: run by
 * hand, with the address and the members to join.
 */
final class StartMeasurement {
  private StartMeasurement() {}

  public static void main(String[] args) {
    long jvmStartMs = ManagementFactory.getRuntimeMXBean().getStartTime();
    long mainMs = System.currentTimeMillis();
    MembershipOptions options =
        new MembershipOptions(
            null,
            "n1",
            "i",
            "secret",
            args[0],
            args.length > 1 ? List.of(args[1].split(",")) : List.of(),
            new EventBusOptions());
    HazelcastMembership membership =
        HazelcastMembership.start(options, new VertxOptions().setEventLoopPoolSize(2)).await();
    long clusteredMs = System.currentTimeMillis();
    NodeHint own =
        NodeHint.newBuilder()
            .setName("n1")
            .setIncarnation("i")
            .setInternalAddress("127.0.0.1:7000")
            .build();
    NodeHints hints =
        new NodeHints(
            membership.vertx(),
            () -> own,
            () -> Set.of("n1"),
            HintOptions.DEFAULT,
            new Clocks(InstantSource.system(), System::nanoTime),
            new SimpleMeterRegistry());
    hints.start().await();
    long readyMs = System.currentTimeMillis();
    System.out.printf(
        "main after %d ms, clustered Vert.x after %d ms, hints after %d ms, members %d%n",
        mainMs - jvmStartMs,
        clusteredMs - jvmStartMs,
        readyMs - jvmStartMs,
        membership.members().size());
    membership.stop().await();
    System.out.printf("stopped after %d ms%n", System.currentTimeMillis() - readyMs);
    System.exit(0);
  }
}
