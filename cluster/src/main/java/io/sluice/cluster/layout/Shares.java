package io.sluice.cluster.layout;

import io.sluice.cluster.layout.RendezvousLayout.Disk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many replicas each disk should hold: in proportion to weights, as far as the failure domains
 * allow. A node that has half of the capacity can't hold more than one replica of each partition;
 * what it can't take is shared out among the others.
 */
final class Shares {
  private Shares() {}

  /** For each disk its replicas, not rounded. */
  static double[] of(
      List<Disk> disks, int partitions, int replicas, int perZoneMax, int perNodeMax) {
    Map<String, Integer> index = new TreeMap<>();
    for (int i = 0; i < disks.size(); i++) {
      index.put(disks.get(i).id(), i);
    }
    double[] shares = new double[disks.size()];
    List<Map<String, List<Disk>>> zones = new ArrayList<>();
    disks.stream()
        .collect(Collectors.groupingBy(Disk::zone, TreeMap::new, Collectors.toList()))
        .values()
        .forEach(
            zone ->
                zones.add(
                    zone.stream()
                        .collect(
                            Collectors.groupingBy(Disk::node, TreeMap::new, Collectors.toList()))));
    double[] zoneWeights = new double[zones.size()];
    double[] zoneLimits = new double[zones.size()];
    for (int z = 0; z < zones.size(); z++) {
      int slots = 0;
      for (List<Disk> node : zones.get(z).values()) {
        slots += Math.min(perNodeMax, node.size());
        zoneWeights[z] += weight(node);
      }
      zoneLimits[z] = (double) partitions * Math.min(perZoneMax, slots);
    }
    double[] ofZones = divide((double) partitions * replicas, zoneWeights, zoneLimits);
    for (int z = 0; z < zones.size(); z++) {
      ofZone(List.copyOf(zones.get(z).values()), ofZones[z], partitions, perNodeMax, index, shares);
    }
    return shares;
  }

  private static void ofZone(
      List<List<Disk>> nodes,
      double total,
      int partitions,
      int perNodeMax,
      Map<String, Integer> index,
      double[] shares) {
    double[] limits = new double[nodes.size()];
    double[] weights = new double[nodes.size()];
    for (int n = 0; n < nodes.size(); n++) {
      limits[n] = (double) partitions * Math.min(perNodeMax, nodes.get(n).size());
      weights[n] = weight(nodes.get(n));
    }
    double[] ofNodes = divide(total, weights, limits);
    for (int n = 0; n < nodes.size(); n++) {
      List<Disk> node = nodes.get(n);
      double[] diskLimits = new double[node.size()];
      Arrays.fill(diskLimits, partitions);
      double[] ofDisks =
          divide(ofNodes[n], node.stream().mapToDouble(Disk::weight).toArray(), diskLimits);
      for (int d = 0; d < node.size(); d++) {
        shares[index.getOrDefault(node.get(d).id(), 0)] = ofDisks[d];
      }
    }
  }

  private static double weight(List<Disk> disks) {
    return disks.stream().mapToDouble(Disk::weight).sum();
  }

  /** Divides by weight; what is beyond a limit goes to those that are not at theirs. */
  private static double[] divide(double total, double[] weights, double[] limits) {
    double[] shares = new double[weights.length];
    boolean[] full = new boolean[weights.length];
    double left = total;
    for (int round = 0; round < weights.length; round++) {
      double open = 0;
      for (int i = 0; i < weights.length; i++) {
        open += full[i] ? 0 : weights[i];
      }
      boolean anyFilled = false;
      double perWeight = open > 0 ? left / open : 0;
      for (int i = 0; i < weights.length; i++) {
        if (!full[i] && weights[i] * perWeight >= limits[i]) {
          full[i] = true;
          shares[i] = limits[i];
          left -= limits[i];
          anyFilled = true;
        }
      }
      if (!anyFilled) {
        for (int i = 0; i < weights.length; i++) {
          shares[i] = full[i] ? shares[i] : weights[i] * perWeight;
        }
        break;
      }
    }
    return shares;
  }
}
