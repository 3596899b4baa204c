package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** Bits flip in the segment files of one running node, where other nodes have copies. */
record BitRotFault() implements Fault {

  private static final int BITS = 40;

  @Override
  public String name() {
    return "bit-rot";
  }

  @Override
  public Optional<String> unavailable(ClusterProcess cluster) {
    return Victims.needsSeveral(cluster);
  }

  @Override
  public Duration duration() {
    return Duration.ofSeconds(3);
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    NodeProcess node = Victims.any(cluster, random);
    List<Path> segments = new ArrayList<>();
    for (Path disk : node.disks()) {
      segments.addAll(segments(disk));
    }
    int flipped = 0;
    for (int i = 0; i < BITS && !segments.isEmpty(); i++) {
      flipped += flip(segments.get(random.nextInt(segments.size())), random);
    }
    // Nothing undoes it: the store has to.
    return Fault.occurrence(flipped + " bits flipped in segments of " + node.name(), () -> {});
  }

  private static List<Path> segments(Path disk) throws IOException {
    Path directory = disk.resolve("segments");
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".seg")).sorted().toList();
    }
  }

  private static int flip(Path file, Random random) throws IOException {
    try (RandomAccessFile segment = new RandomAccessFile(file.toFile(), "rw")) {
      if (segment.length() == 0) {
        return 0;
      }
      long at = Math.floorMod(random.nextLong(), segment.length());
      segment.seek(at);
      int octet = segment.read();
      segment.seek(at);
      segment.write(octet ^ 1 << random.nextInt(8));
      return 1;
    }
  }
}
