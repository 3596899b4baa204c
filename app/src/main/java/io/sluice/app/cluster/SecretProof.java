package io.sluice.app.cluster;

import io.sluice.app.node.StartupException;
import io.sluice.cluster.secret.ClusterSecret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a metadata directory remembers of the secret that its node entered the cluster with. With
 * another one the node would look for its cluster under another name, and wait for ever.
 *
 * <p>Derived one-way; it gives away no more than the certificate authority's public key, which
 * whoever connects can see.
 */
record SecretProof(KeptLine line, String proof) {
  private static final String FILE = "secret-proof";
  private static final String PURPOSE = "proof in a metadata directory";
  private static final int BYTES = 32;

  static SecretProof of(ClusterSecret secret, Path metadataDirectory) {
    return new SecretProof(
        new KeptLine(metadataDirectory, FILE),
        HexFormat.of().formatHex(secret.derive(PURPOSE, BYTES)));
  }

  /**
   * Requires that the secret is that of the last time, if there was one. Blocks.
   *
   * @param secretFile for the message
   * @throws StartupException when it is another
   */
  void requireSame(Path secretFile) throws IOException {
    Optional<String> kept = line.read();
    if (kept.isPresent() && !kept.get().equals(proof)) {
      throw new StartupException(
          "the metadata directory "
              + line.directory()
              + " is of a cluster with another secret than that in "
              + secretFile
              + ": give the right --cluster-secret-file; if the whole cluster is to have a new"
              + " secret, stop all nodes and remove "
              + line.file()
              + " and its like on the others",
          null);
    }
  }

  /**
   * Keeps it for later starts. When that can't be, as on a full disk, this start goes on all the
   * same: the next one tries again, and until then another secret would be found out late. Blocks.
   *
   * @param warnings told why it could not be kept
   */
  void keep(Consumer<String> warnings) {
    try {
      if (line.read().isEmpty()) {
        line.write(proof);
      }
    } catch (IOException e) {
      warnings.accept(
          "can't write %s, so that a later start with another --cluster-secret-file would wait for its cluster instead of being refused: %s"
              .formatted(line.file(), e));
    }
  }
}
