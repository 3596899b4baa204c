package io.sluice.cluster.layout;

import io.sluice.storage.Layout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Computes layouts by weighted rendezvous hashing: for each partition every disk draws a score from
 * a hash of both, and the highest scores win. A disk that comes or goes changes only the partitions
 * that it wins or had won, which is the least possible movement.
 *
 * <p>Pure: the same disks give the same layout, on every node and in every version.
 *
 * @see <a
 *     href="https://www.snia.org/sites/default/files/SDC15_presentations/dist_sys/Jason_Resch_New_Consistent_Hashings_Rev.pdf">
 *     J. Resch, New hashing algorithms for data storage</a>
 */
public final class RendezvousLayout {
  private RendezvousLayout() {}

  /**
   * A disk that may hold replicas.
   *
   * @param id of its storage verticle
   * @param weight its share relative to the others, greater than 0; usually its capacity
   * @param node the machine it is in
   * @param zone what fails together beyond a machine; empty if that is not known
   */
  public record Disk(String id, double weight, String node, String zone) {
    public Disk {
      if (!(weight > 0)) {
        throw new IllegalArgumentException("disk " + id + " has weight " + weight);
      }
    }
  }

  private record Scored(Disk disk, double score) {}

  /**
   * Computes a layout. The replicas of a partition are in distinct zones while there are enough,
   * then in distinct nodes, and always on distinct disks.
   *
   * @param version of the new layout
   * @param replicas copies of each chunk, 1 to the number of disks
   * @throws IllegalArgumentException when there are too few disks
   */
  public static Layout compute(long version, int replicas, List<Disk> disks) {
    if (replicas < 1 || replicas > disks.size()) {
      throw new IllegalArgumentException(
          replicas + " replicas cannot lie on " + disks.size() + " disks");
    }
    List<List<String>> partitions = new ArrayList<>(Layout.PARTITIONS);
    for (int partition = 0; partition < Layout.PARTITIONS; partition++) {
      partitions.add(choose(partition, replicas, disks));
    }
    return new Layout(version, replicas, partitions);
  }

  private static List<String> choose(int partition, int replicas, List<Disk> disks) {
    List<Scored> left = new ArrayList<>(disks.size());
    for (Disk disk : disks) {
      left.add(new Scored(disk, score(partition, disk)));
    }
    left.sort(
        Comparator.comparingDouble(Scored::score)
            .reversed()
            .thenComparing(scored -> scored.disk().id()));
    Set<String> zones = new HashSet<>();
    Set<String> nodes = new HashSet<>();
    List<String> chosen = new ArrayList<>(replicas);
    while (chosen.size() < replicas) {
      Disk disk = left.remove(farthest(left, zones, nodes)).disk();
      zones.add(disk.zone());
      nodes.add(disk.node());
      chosen.add(disk.id());
    }
    return chosen;
  }

  /** The index of the highest score among those that share the least with what was chosen. */
  private static int farthest(List<Scored> left, Set<String> zones, Set<String> nodes) {
    int best = 0;
    int bestShared = Integer.MAX_VALUE;
    for (int i = 0; i < left.size() && bestShared > 0; i++) {
      Disk disk = left.get(i).disk();
      int shared = (zones.contains(disk.zone()) ? 1 : 0) + (nodes.contains(disk.node()) ? 2 : 0);
      if (shared < bestShared) {
        best = i;
        bestShared = shared;
      }
    }
    return best;
  }

  private static double score(int partition, Disk disk) {
    long hash = mix(hash(disk.id()) ^ mix(partition + 1L));
    // Uniform in (0, 1): never 0, whose logarithm is no number.
    double uniform = ((hash >>> 11) + 0.5) * 0x1.0p-53;
    return -disk.weight() / Math.log(uniform);
  }

  /** FNV-1a, 64 bits. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
