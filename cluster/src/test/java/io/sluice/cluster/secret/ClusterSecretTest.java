package io.sluice.cluster.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterSecretTest {
  private static final String TEXT = "0123456789abcdef0123456789abcdef";

  @TempDir Path directory;
  private final List<String> warnings = new ArrayList<>();

  private Path file(String content, String permissions) throws IOException {
    Path file = Files.writeString(directory.resolve("secret"), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return file;
  }

  @Test
  void read_privateFile_isTrimmedAndNotWarnedOf() throws IOException {
    ClusterSecret secret =
        ClusterSecret.read(file("\n " + TEXT + " \n", "rw-------"), warnings::add);

    assertThat(secret.derive("test", 32)).isEqualTo(ClusterSecret.of(TEXT).derive("test", 32));
    assertThat(warnings).isEmpty();
  }

  @Test
  void read_fileThatOthersMayRead_isWarnedOf() throws IOException {
    ClusterSecret.read(file(TEXT, "rw-r--r--"), warnings::add);

    assertThat(warnings).singleElement().asString().contains("chmod 600").doesNotContain(TEXT);
  }

  @Test
  void read_shortSecret_isRefusedInOneLine() throws IOException {
    Path file = file(TEXT.substring(1) + "\n", "rw-------");

    assertThatThrownBy(() -> ClusterSecret.read(file, warnings::add))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("31 characters; at least 32")
        .hasMessageNotContaining(TEXT.substring(1));
  }

  @Test
  void read_noFile_isRefused() {
    assertThatThrownBy(() -> ClusterSecret.read(directory.resolve("none"), warnings::add))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("there is no cluster secret at");
  }

  @Test
  void read_bytesThatAreNoText_areRefused() throws IOException {
    Path file = directory.resolve("binary");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 1, 2});

    assertThatThrownBy(() -> ClusterSecret.read(file, warnings::add))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not text");
  }

  @Test
  void derive_otherPurposeOrSecret_isOtherBytes() {
    byte[] derived = ClusterSecret.of(TEXT).derive("a", 32);

    assertThat(derived).isNotEqualTo(ClusterSecret.of(TEXT).derive("b", 32));
    assertThat(derived).isNotEqualTo(ClusterSecret.of(TEXT + "x").derive("a", 32));
  }

  @Test
  void toString_saysNothing() {
    assertThat(ClusterSecret.of(TEXT).toString()).doesNotContain(TEXT);
  }
}
