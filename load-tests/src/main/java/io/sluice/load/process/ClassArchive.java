package io.sluice.load.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The classes that a node of a cluster loads, in an archive which the servers of a run map into
 * memory (class data sharing, JEP 350). A start takes about half the processor time with it, and on
 * a machine where all nodes share two cores that is much of the time until a killed node is back.
 *
 * <p>{@code bin/sluice} has the JVM make its archive by itself; that needs JDK 19, and a process
 * that is killed makes none.
 */
final class ClassArchive {

  private static final Duration READY_LIMIT = Duration.ofMinutes(2);
  private static final Duration DUMP_LIMIT = Duration.ofMinutes(1);
  private static final List<String> QUIET = List.of("-Xlog:cds=off", "-Xlog:cds+dynamic=off");

  private ClassArchive() {}

  /**
   * The flags that use the jar's archive, which is made first where there is none yet. A JVM that
   * can't use it loads classes as ever.
   *
   * @throws IOException when a node does not start; the archive's absence alone is none
   */
  static synchronized List<String> flags(Path jar) throws IOException {
    Path archive =
        jar.resolveSibling(jar.getFileName() + "-" + Runtime.version().feature() + ".jsa");
    if (!isCurrent(archive, jar)) {
      if (!Files.isWritable(archive.toAbsolutePath().getParent())) {
        return List.of();
      }
      make(archive, jar);
    }
    return Stream.concat(Stream.of("-XX:SharedArchiveFile=" + archive), QUIET.stream()).toList();
  }

  private static boolean isCurrent(Path archive, Path jar) throws IOException {
    return Files.exists(archive)
        && Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) > 0;
  }

  /** By a node that starts, is a cluster by itself, and ends. */
  private static void make(Path archive, Path jar) throws IOException {
    Path scratch = Files.createTempDirectory(archive.toAbsolutePath().getParent(), "archive-");
    try {
      Path made = scratch.resolve(archive.getFileName());
      Path log = scratch.resolve("log");
      try (ChildProcess node =
          ChildProcess.start(
              command(made, jar, scratch),
              ServerOptions.environment(),
              log,
              ServerOptions::isReadyLine)) {
        node.readyWithin(READY_LIMIT);
        node.stop(DUMP_LIMIT);
      }
      if (Files.exists(made)) {
        Files.move(
            made, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      deleteAll(scratch);
    }
  }

  private static List<String> command(Path made, Path jar, Path scratch) throws IOException {
    Path secret = scratch.resolve("secret");
    Files.writeString(secret, "of a node that only loads its classes");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    List<String> addresses = FreePorts.some(5).stream().map(port -> "127.0.0.1:" + port).toList();
    return Stream.of(
            Stream.of(ServerOptions.javaBinary(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            Stream.of("-XX:ArchiveClassesAtExit=" + made),
            QUIET.stream(),
            Stream.of("-jar", jar.toString(), "server"),
            Stream.of("--data=" + scratch.resolve("data"), "--address=" + addresses.get(0)),
            Stream.of("--node=only", "--replicas=1", "--cluster-secret-file=" + secret),
            Stream.of("--internal-address=" + addresses.get(1)),
            Stream.of("--hazelcast-address=" + addresses.get(2), "--join=" + addresses.get(2)),
            Stream.of("--bus-address=" + addresses.get(3)),
            Stream.of("--raft-address=" + addresses.get(4)),
            Stream.of("--metadata-peers=only=" + addresses.get(4)))
        .flatMap(words -> words)
        .toList();
  }

  private static void deleteAll(Path directory) throws IOException {
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
