package io.sluice.cluster.member;

/**
 * A process that Hazelcast sees, as it describes itself: anyone may claim anything here.
 *
 * @param node its name; empty when it says none
 * @param incarnation empty likewise
 * @param self whether it is this process
 */
public record Member(String node, String incarnation, boolean self) {}
