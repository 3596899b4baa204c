package io.sluice.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ClusterOptionsTest {
  private static ServerOptions options(String... arguments) {
    ServerOptions options = CommandLine.populateCommand(new ServerOptions(), arguments);
    options.validate();
    return options;
  }

  private static void assertRefused(String reason, String... arguments) {
    assertThatThrownBy(() -> options(arguments))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void cluster_noOptionOfIt_isAlone() {
    assertThat(options().cluster()).isEmpty();
    assertThat(options("--down-out", "1m").cluster()).isEmpty();
  }

  @Test
  void cluster_secretAndName_restFollowsFromTheAddress() {
    ClusterSettings settings =
        options("--cluster-secret-file", "s", "--node", "n1", "--address", "10.0.0.1:9000")
            .cluster()
            .orElseThrow();
    assertThat(settings.internal()).isEqualTo(new HostPort("10.0.0.1", 9001));
    assertThat(settings.raft()).isEqualTo(new HostPort("10.0.0.1", 9002));
    assertThat(settings.hazelcast()).isEqualTo(new HostPort("127.0.0.1", 5701));
    assertThat(settings.downOut()).isEqualTo(Duration.ofMinutes(10));
    assertThat(settings.metadataPeers()).isEmpty();
    assertThat(settings.movesMax()).isEqualTo(32);
  }

  @Test
  void healRate_isASize_andNotTooLittle() {
    assertThat(options().healRate()).isEqualTo(64 << 20);
    assertThat(options("--heal-rate", "8MiB").healRate()).isEqualTo(8 << 20);
    assertThat(options("--heal-rate", "8MiB").cluster()).as("a node may be alone").isEmpty();
    assertRefused("--heal-rate", "--cluster-secret-file", "s", "--node", "n", "--heal-rate", "1");
  }

  @Test
  void cluster_noMovesAtAll_isRefused() {
    assertRefused("--moves-max", "--cluster-secret-file", "s", "--node", "n", "--moves-max", "0");
  }

  @Test
  void cluster_metadataPeersNameThisNode_theirAddressIsItsRaftAddress() {
    ServerOptions options =
        options(
            "--cluster-secret-file",
            "s",
            "--node",
            "b",
            "--metadata-peers",
            "a=h1:7,b=h2:8,c=h3:9");
    ClusterSettings settings = options.cluster().orElseThrow();
    assertThat(settings.raft()).isEqualTo(new HostPort("h2", 8));
    assertThat(settings.metadataPeers()).isEqualTo(List.of("a", "b", "c"));
    assertThat(options.replicas()).isEqualTo(3);
  }

  @Test
  void cluster_rolesAndCertificates_areTaken() {
    ClusterSettings settings =
        options(
                "--cluster-secret-file",
                "s",
                "--node",
                "n1",
                "--roles",
                "storage, metadata",
                "--cluster-ca",
                "ca",
                "--cluster-cert",
                "cert",
                "--cluster-key",
                "key")
            .cluster()
            .orElseThrow();
    assertThat(settings.has(Role.GATEWAY)).isFalse();
    assertThat(settings.has(Role.STORAGE)).isTrue();
    assertThat(settings.certificates()).isPresent();
    assertThat(settings.bus()).isEqualTo(new HostPort("127.0.0.1", 5801));
  }

  @Test
  void cluster_badInput_isRefusedInALine() {
    assertRefused("--cluster-secret-file", "--node", "n1");
    assertRefused("a node that is alone does everything", "--roles", "gateway");
    assertRefused(
        "has no 'voter'", "--roles", "voter", "--node", "a", "--cluster-secret-file", "s");
    assertRefused(
        "keeps from the metadata",
        "--roles",
        "gateway,storage",
        "--metadata-peers",
        "a=h:1",
        "--node",
        "a",
        "--cluster-secret-file",
        "s");
    assertRefused(
        "belong together", "--cluster-ca", "x", "--node", "a", "--cluster-secret-file", "s");
    assertRefused(
        "--metadata-peers names 2: begin with --replicas 2",
        "--replicas",
        "3",
        "--metadata-peers",
        "a=h:1,b=h:2",
        "--node",
        "a",
        "--cluster-secret-file",
        "s");
    assertRefused("needs as many --data directories", "--replicas", "2");
    assertRefused("--node", "--node", "a b", "--cluster-secret-file", "s");
    assertRefused("--weight", "--weight", "0", "--node", "a", "--cluster-secret-file", "s");
    assertRefused("--cluster", "--cluster", "/nowhere.xml", "--cluster-secret-file", "s");
    assertRefused(
        "twice", "--metadata-peers", "a=h:1,a=h:2", "--node", "a", "--cluster-secret-file", "s");
    assertRefused(
        "NAME=HOST:PORT", "--metadata-peers", "h:1", "--node", "a", "--cluster-secret-file", "s");
    assertRefused(
        "--internal-address",
        "--address",
        "0.0.0.0:9000",
        "--node",
        "a",
        "--cluster-secret-file",
        "s");
    assertRefused(
        "is not what --metadata-peers says",
        "--metadata-peers",
        "a=h:1",
        "--raft-address",
        "h:2",
        "--node",
        "a",
        "--cluster-secret-file",
        "s");
  }
}
