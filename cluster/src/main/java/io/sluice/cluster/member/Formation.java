package io.sluice.cluster.member;

/** What a starting node is to do about a cluster. */
public sealed interface Formation {
  /** Its directory belongs to a cluster: go on in it. */
  record Open(String clusterId) implements Formation {}

  /**
   * There is no cluster yet, and this node makes it.
   *
   * @param storageNodes how many of the named peers have disks
   */
  record Create(int storageNodes) implements Formation {}

  /**
   * There is a cluster: take its id, and wait to be admitted.
   *
   * @param shards of the cluster
   * @param epoch of the cluster
   * @param from the node that said so
   * @param address of that node's internal channel
   */
  record Join(String clusterId, int shards, int epoch, String from, String address)
      implements Formation {}

  /**
   * Neither is certain yet: look again.
   *
   * @param reason one line
   */
  record Wait(String reason) implements Formation {}

  /**
   * This node must not start.
   *
   * @param reason one line that says what to do
   */
  record Refuse(String reason) implements Formation {}
}
