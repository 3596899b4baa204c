package io.sluice.app.config;

import io.sluice.cluster.secret.CertificateFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a node of a cluster was told.
 *
 * @param configFile Hazelcast's; empty for the one that is built in
 * @param internal where others reach its data and metadata
 * @param raft where others reach its Raft
 * @param zone empty when none was given
 * @param weight 1 for a TiB; 0: by capacity
 * @param hazelcast where its Hazelcast listens
 * @param bus where its event bus listens
 * @param join Hazelcast members to look for; empty: those in the configuration
 * @param metadataPeers the names of those who make a new cluster, the creator first; empty for a
 *     node that joins one
 * @param secretFile what nodes prove to each other
 * @param certificates what they prove instead; empty: nothing else than the secret
 * @param roles what it does; all of it unless told otherwise
 * @param downOut how long a node may be silent before its data is copied to others
 * @param movesMax partitions that move at the same time, at least 1
 */
public record ClusterSettings(
    String node,
    Optional<Path> configFile,
    HostPort internal,
    HostPort raft,
    String zone,
    double weight,
    HostPort hazelcast,
    HostPort bus,
    List<String> join,
    List<String> metadataPeers,
    Path secretFile,
    Optional<CertificateFiles> certificates,
    Set<Role> roles,
    Duration downOut,
    int movesMax) {
  public boolean has(Role role) {
    return roles.contains(role);
  }
}
