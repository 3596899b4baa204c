package io.sluice.metadata.raft;

/**
 * What a metadata directory is of.
 *
 * @param clusterId the cluster, 36 characters
 * @param peerId the peer: its node's name and a random part that was made with the directory
 * @param shards how many shards the cluster has
 * @param epoch grows when a cluster goes on from a backup; part of every log position
 */
public record MetadataIdentity(String clusterId, String peerId, int shards, int epoch) {}
