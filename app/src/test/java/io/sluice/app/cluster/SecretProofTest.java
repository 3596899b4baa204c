package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.node.StartupException;
import io.sluice.cluster.secret.ClusterSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretProofTest {
  @TempDir Path directory;

  private final List<String> warnings = new ArrayList<>();

  private SecretProof proof(String secret) throws IOException {
    Path file =
        Files.writeString(
            directory.resolve(secret), secret + ": a secret of a test, long enough to be taken");
    return SecretProof.of(ClusterSecret.read(file, line -> {}), directory.resolve("metadata"));
  }

  @Test
  void keep_letsTheSameSecretIn_andNoOther() throws IOException {
    proof("mine").keep(warnings::add);
    proof("mine").requireSame(directory.resolve("mine"));
    assertThatThrownBy(() -> proof("other").requireSame(directory.resolve("other")))
        .isInstanceOf(StartupException.class);
    assertThat(warnings).isEmpty();
  }

  @Test
  void keep_canNotBeWritten_warnsAndIsTriedAgain() throws IOException {
    Path inTheWay = Files.createDirectories(directory.resolve("metadata/secret-proof.new"));
    proof("mine").keep(warnings::add);
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("can't write " + directory.resolve("metadata/secret-proof"));
    Files.delete(inTheWay);
    proof("mine").keep(warnings::add);
    assertThat(directory.resolve("metadata/secret-proof")).exists();
    assertThat(warnings).hasSize(1);
  }
}
