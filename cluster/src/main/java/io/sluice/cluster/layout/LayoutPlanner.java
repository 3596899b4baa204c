package io.sluice.cluster.layout;

import io.sluice.cluster.layout.RendezvousLayout.Disk;
import io.sluice.storage.Layout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Works out which disks each partition should be on: keeps what may stay, fills what is missing,
 * and then hands single replicas from disks above their share to disks below it, until shares are
 * even. That last step starts only when some disk is off by more than 5 %, so that small changes of
 * capacity move nothing. For one use by one thread.
 */
final class LayoutPlanner {
  private static final double TOLERANCE = 0.05;

  private final List<Disk> disks;
  private final int replicas;
  private final Layout current;
  private final double[] quota;
  private final int[] count;
  private final int perZoneMax;
  private final int perNodeMax;
  private final double[][] scores;
  private final List<List<Integer>> sets = new ArrayList<>();
  // For each partition: where its data is, or is being copied to.
  private final List<Set<Integer>> homes = new ArrayList<>();
  // For each partition: where its data is.
  private final List<Set<Integer>> holders = new ArrayList<>();

  LayoutPlanner(Layout current, List<Disk> anyOrder, int replicas) {
    this.current = current;
    this.replicas = replicas;
    this.disks = anyOrder.stream().sorted(Comparator.comparing(Disk::id)).toList();
    int partitions = current.partitions().size();
    int zones = (int) disks.stream().map(Disk::zone).distinct().count();
    int nodes = (int) disks.stream().map(Disk::node).distinct().count();
    this.perZoneMax = (replicas + zones - 1) / zones;
    this.perNodeMax = (replicas + nodes - 1) / nodes;
    this.quota = Shares.of(disks, partitions, replicas, perZoneMax, perNodeMax);
    this.count = new int[disks.size()];
    this.scores = new double[partitions][disks.size()];
    for (int p = 0; p < partitions; p++) {
      for (int d = 0; d < disks.size(); d++) {
        scores[p][d] = RendezvousLayout.score(p, disks.get(d));
      }
    }
  }

  /** For each partition its disks, highest score first. */
  List<List<String>> sets() {
    keep();
    trim();
    fill();
    if (isUneven()) {
      even();
    }
    List<List<String>> result = new ArrayList<>(sets.size());
    for (int p = 0; p < sets.size(); p++) {
      double[] bids = scores[p];
      result.add(
          sets.get(p).stream()
              .sorted(Comparator.comparingDouble((Integer d) -> bids[d]).reversed())
              .map(d -> disks.get(d).id())
              .toList());
    }
    return result;
  }

  private void keep() {
    Map<String, Integer> indexes = new HashMap<>();
    for (int d = 0; d < disks.size(); d++) {
      indexes.put(disks.get(d).id(), d);
    }
    for (int p = 0; p < current.partitions().size(); p++) {
      List<Integer> held = known(current.replicasOf(p), indexes);
      List<Integer> going = known(current.targetOf(p), indexes);
      List<Integer> home = current.isMoving(p) ? going : held;
      List<Integer> kept = new ArrayList<>(replicas);
      for (int d : home) {
        if (sharing(kept, d) == 0) {
          kept.add(d);
          count[d]++;
        }
      }
      sets.add(kept);
      homes.add(new HashSet<>(home));
      holders.add(new HashSet<>(held));
    }
  }

  private static List<Integer> known(List<String> ids, Map<String, Integer> indexes) {
    List<Integer> found = new ArrayList<>(ids.size());
    for (String id : ids) {
      Integer index = indexes.get(id);
      if (index != null) {
        found.add(index);
      }
    }
    return found;
  }

  /** When there are to be fewer replicas than there were, the fullest disks give theirs up. */
  private void trim() {
    for (List<Integer> set : sets) {
      while (set.size() > replicas) {
        Integer fullest = set.stream().max(Comparator.comparingDouble(this::excess)).orElseThrow();
        set.remove(fullest);
        count[fullest]--;
      }
    }
  }

  private void fill() {
    for (int copies = 1; copies <= replicas; copies++) {
      for (int p = 0; p < sets.size(); p++) {
        List<Integer> set = sets.get(p);
        if (set.size() < copies) {
          int d = bestFor(p, set);
          set.add(d);
          count[d]++;
        }
      }
    }
  }

  /** The rules first, then disks that have the data already, then shares, then scores. */
  private int bestFor(int p, List<Integer> set) {
    int best = -1;
    int bestSharing = 0;
    int bestOver = 0;
    for (int d = 0; d < disks.size(); d++) {
      if (set.contains(d)) {
        continue;
      }
      int sharing = sharing(set, d);
      int over =
          holders.get(p).contains(d) ? -1 : Math.max(0, count[d] + 1 - (int) Math.ceil(quota[d]));
      if (best < 0
          || sharing < bestSharing
          || (sharing == bestSharing
              && (over < bestOver || (over == bestOver && scores[p][d] > scores[p][best])))) {
        best = d;
        bestSharing = sharing;
        bestOver = over;
      }
    }
    return best;
  }

  /** How badly a disk would crowd a set's failure domains: 0 when it keeps the rules. */
  private int sharing(List<Integer> set, int candidate) {
    return sharing(set, candidate, -1);
  }

  private int sharing(List<Integer> set, int candidate, int leaving) {
    Disk disk = disks.get(candidate);
    int inZone = 0;
    int inNode = 0;
    for (int other : set) {
      if (other != leaving) {
        inZone += disks.get(other).zone().equals(disk.zone()) ? 1 : 0;
        inNode += disks.get(other).node().equals(disk.node()) ? 1 : 0;
      }
    }
    return 2 * Math.max(0, inNode + 1 - perNodeMax) + Math.max(0, inZone + 1 - perZoneMax);
  }

  private double excess(int disk) {
    return count[disk] - quota[disk];
  }

  private boolean isUneven() {
    // One that is being spread in steps is to end even, not almost so.
    double tolerance = current.spreading() ? 0 : TOLERANCE;
    for (int d = 0; d < disks.size(); d++) {
      if (Math.abs(excess(d)) > Math.max(1, tolerance * quota[d])) {
        return true;
      }
    }
    return false;
  }

  /** A replica of a partition that another disk could take over. */
  private record Handover(int partition, int from, int to, boolean copies, double gain) {}

  private void even() {
    // Each handover brings two disks nearer to their shares, so there can't be more than replicas.
    for (int left = sets.size() * replicas; left > 0; left--) {
      Handover next = nextHandover();
      if (next == null) {
        return;
      }
      List<Integer> set = sets.get(next.partition());
      set.remove((Integer) next.from());
      set.add(next.to());
      count[next.from()]--;
      count[next.to()]++;
    }
  }

  /** To the emptiest disk that can take anything. */
  private @Nullable Handover nextHandover() {
    List<Integer> emptiest = new ArrayList<>();
    for (int d = 0; d < disks.size(); d++) {
      if (excess(d) < 0) {
        emptiest.add(d);
      }
    }
    emptiest.sort(Comparator.comparingDouble(this::excess));
    for (int to : emptiest) {
      Handover best = null;
      for (int p = 0; p < sets.size(); p++) {
        for (int from : sets.get(p)) {
          Handover offered = handover(p, from, to);
          if (offered != null && (best == null || isBetter(offered, best))) {
            best = offered;
          }
        }
      }
      if (best != null) {
        return best;
      }
    }
    return null;
  }

  private @Nullable Handover handover(int p, int from, int to) {
    List<Integer> set = sets.get(p);
    if (excess(from) <= excess(to) + 1 || set.contains(to) || sharing(set, to, from) > 0) {
      return null;
    }
    boolean copies = homes.get(p).contains(from) && !holders.get(p).contains(to);
    return new Handover(p, from, to, copies, scores[p][to]);
  }

  /** What costs no copy that was not needed anyway, then the fullest, then the highest bid. */
  private boolean isBetter(Handover one, Handover other) {
    if (one.copies() != other.copies()) {
      return !one.copies();
    }
    int fuller = Double.compare(excess(one.from()), excess(other.from()));
    return fuller != 0 ? fuller > 0 : one.gain() > other.gain();
  }
}
