package io.sluice.cluster.layout;

import io.sluice.storage.Layout;
import io.sluice.storage.Rendezvous;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Computes layouts by weighted rendezvous hashing with quotas. For each partition every disk draws
 * a score from a hash of both, and the highest win; a disk that has its share of partitions wins no
 * more, because hashing alone leaves 256 partitions too uneven (a disk of ten may get a third too
 * much). The replicas of a partition are in distinct zones while there are enough, then in distinct
 * nodes, and always on distinct disks.
 *
 * <p>The next layout keeps whatever may stay, and moves only what a newcomer's share, a leaver's
 * copies or the rules demand.
 *
 * <p>Pure: the same arguments give the same layout, on every node and whatever the order of the
 * disks.
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
      if (!(weight > 0) || Double.isInfinite(weight)) {
        throw new IllegalArgumentException("disk " + id + " has weight " + weight);
      }
    }
  }

  /** What no two replicas of a partition may share. */
  public enum Spread {
    /** Any disks will do; nodes and zones are shared only when there are too few. */
    DISKS,
    NODES,
    ZONES
  }

  /**
   * A step to the next layout.
   *
   * @param layout the current one plus one version, with targets where partitions change; the
   *     current one itself when nothing is to do
   * @param moves replicas that have to be copied to a disk that does not have them
   * @param partitionsChanged partitions whose replica set becomes another
   */
  public record Plan(Layout layout, int moves, int partitionsChanged) {}

  /** A layout that was asked for can't be had; the message is one line that says what to do. */
  public static final class UnmetLayoutException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    UnmetLayoutException(String message) {
      super(message);
    }
  }

  /**
   * The first layout.
   *
   * @param version of the new layout
   * @param replicas copies of each chunk, 1 to the number of disks
   * @throws UnmetLayoutException when there are too few disks
   */
  public static Layout compute(long version, int replicas, List<Disk> disks) {
    require(replicas, disks, Spread.DISKS);
    List<List<String>> nothing = new ArrayList<>();
    for (int partition = 0; partition < Layout.PARTITIONS; partition++) {
      nothing.add(List.of());
    }
    Layout empty = new Layout(version, replicas, nothing);
    return new Layout(version, replicas, new LayoutPlanner(empty, disks, replicas).sets());
  }

  /**
   * The step from a layout to one in which every partition has its replicas on the given disks. A
   * partition that is moving goes on to its target where that is still allowed.
   *
   * @param disks those that may hold data from now on: without those that drain, are retired or are
   *     given up
   * @param replicas copies of each chunk
   * @param spread what is insisted on; zones and nodes are spread over as far as they go anyway
   * @throws UnmetLayoutException when that can't be done
   */
  public static Plan plan(Layout current, List<Disk> disks, int replicas, Spread spread) {
    require(replicas, disks, spread);
    if (current.partitions().isEmpty()) {
      return new Plan(
          compute(current.version() + 1, replicas, disks),
          replicas * Layout.PARTITIONS,
          Layout.PARTITIONS);
    }
    List<List<String>> wanted = new LayoutPlanner(current, disks, replicas).sets();
    List<List<String>> targets = new ArrayList<>(wanted.size());
    int moves = 0;
    int changed = 0;
    for (int partition = 0; partition < wanted.size(); partition++) {
      Set<String> has = new HashSet<>(current.replicasOf(partition));
      List<String> wants = wanted.get(partition);
      if (has.equals(new HashSet<>(wants))) {
        targets.add(List.of());
        continue;
      }
      List<String> under = current.targetOf(partition);
      // An unchanged goal stays as it is, to the letter: nobody should think it is another.
      targets.add(new HashSet<>(under).equals(new HashSet<>(wants)) ? under : wants);
      changed++;
      moves += (int) wants.stream().filter(id -> !has.contains(id)).count();
    }
    if (targets.equals(current.targets()) && replicas == current.replicas()) {
      return new Plan(current, moves, changed);
    }
    Layout next = new Layout(current.version() + 1, replicas, current.partitions(), targets);
    return new Plan(next, moves, changed);
  }

  private static void require(int replicas, List<Disk> disks, Spread spread) {
    if (replicas < 1) {
      throw new UnmetLayoutException(replicas + " replicas: there must be at least 1");
    }
    if (spread == Spread.DISKS) {
      requireDistinct(replicas, disks, "disks", Disk::id);
    } else {
      requireDistinct(replicas, disks, "nodes", Disk::node);
    }
    if (spread == Spread.ZONES) {
      disks.stream()
          .filter(disk -> disk.zone().isEmpty())
          .min(Comparator.comparing(Disk::node))
          .ifPresent(
              disk -> {
                throw new UnmetLayoutException(
                    "replicas in distinct zones were asked for, and node "
                        + disk.node()
                        + " has no zone: start it with --zone");
              });
      requireDistinct(replicas, disks, "zones", Disk::zone);
    }
  }

  /**
   * Why copies can't be in zones of their own, where nodes were given zones; null when they can, or
   * none was given. One line that says what to do.
   */
  static @Nullable String zonesMissing(int replicas, List<Disk> disks) {
    Set<String> zones =
        disks.stream().map(Disk::zone).collect(Collectors.toCollection(TreeSet::new));
    if (zones.equals(Set.of("")) || zones.size() >= replicas) {
      return null;
    }
    return "%d copies in different zones need %d zones, and there %s %d (%s): start a node in another zone, or keep fewer copies (--replicas %d)"
        .formatted(
            replicas,
            replicas,
            zones.size() == 1 ? "is" : "are",
            zones.size(),
            zones.stream()
                .map(zone -> zone.isEmpty() ? "nodes without --zone" : zone)
                .collect(Collectors.joining(", ")),
            zones.size());
  }

  private static void requireDistinct(
      int replicas, List<Disk> disks, String what, Function<Disk, String> domain) {
    Set<String> there = disks.stream().map(domain).collect(Collectors.toCollection(TreeSet::new));
    if (there.size() < replicas) {
      throw new UnmetLayoutException(
          "%d replicas need %d %s, and %d can take data%s: add %s, bring back those that drain or are down, or ask for fewer replicas"
              .formatted(
                  replicas,
                  replicas,
                  what,
                  there.size(),
                  there.isEmpty() ? "" : " (" + String.join(", ", there) + ")",
                  what));
    }
  }

  /** What a disk bids for a partition: weights give shares in proportion. */
  static double score(int partition, Disk disk) {
    return Rendezvous.score(hash(disk.id()) ^ Rendezvous.mix(partition + 1L), disk.weight());
  }

  /** FNV-1a, 64 bits. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }
}
