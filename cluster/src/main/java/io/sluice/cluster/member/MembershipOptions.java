package io.sluice.cluster.member;

import io.vertx.core.eventbus.EventBusOptions;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a node takes part in Hazelcast.
 *
 * @param configFile Hazelcast's configuration; null for the one that is built in
 * @param node the node's name
 * @param incarnation made with the node's metadata directory
 * @param secretName what follows the cluster's name, so that clusters with different secrets never
 *     mix: derived from the secret one-way, because it travels in the clear
 * @param address where Hazelcast listens, {@code HOST:PORT}
 * @param join members to look for, {@code HOST:PORT} each; empty for those of the configuration
 * @param bus of the event bus, as {@link BusOptions} makes them; without a host it listens where
 *     Hazelcast does
 */
public record MembershipOptions(
    @Nullable Path configFile,
    String node,
    String incarnation,
    String secretName,
    String address,
    List<String> join,
    EventBusOptions bus) {
  public MembershipOptions {
    join = List.copyOf(join);
  }
}
