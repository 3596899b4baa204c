package io.sluice.gateway.placement;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * In turn, those with a greater weight more often, and spread evenly over time: "smooth" weighted
 * round robin. Everyone earns their weight each time, the richest is chosen, and pays what all of
 * them earned.
 *
 * @see <a
 *     href="https://github.com/phusion/nginx/commit/27e94984486058d73157038f7950a0a36ecc6e35">nginx,
 *     Upstream: smooth weighted round-robin balancing</a>
 */
public final class WeightedRoundRobin implements BalancePolicy {
  static final String NAME = "weighted-round-robin";

  /** Candidates that are remembered: far more than partitions or disks that are chosen from. */
  private static final int REMEMBERED_MAX = 16_384;

  /**
   * Starts at a random point between poor and rich: if all partitions started alike, those of one
   * disk, which weigh the same, would have their turns in a row.
   */
  private static final class Purse {
    double money;

    Purse(long key, double price) {
      this.money = price * new SplittableRandom(key).nextDouble();
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Purse> purses = new HashMap<>();

  @Override
  public String policyName() {
    return NAME;
  }

  @Override
  public int choose(Candidates candidates, long routingKey) {
    lock.lock();
    try {
      if (purses.size() > REMEMBERED_MAX) {
        purses.clear();
      }
      double earned = 0;
      for (int i = 0; i < candidates.count(); i++) {
        earned += candidates.isEligible(i) ? candidates.weight(i) : 0;
      }
      int best = -1;
      Purse richest = null;
      for (int i = 0; i < candidates.count(); i++) {
        if (!candidates.isEligible(i)) {
          continue;
        }
        long key = candidates.key(i);
        Purse purse = purses.get(key);
        if (purse == null) {
          purse = new Purse(key, earned);
          purses.put(key, purse);
        }
        purse.money += candidates.weight(i);
        if (richest == null || purse.money > richest.money) {
          best = i;
          richest = purse;
        }
      }
      if (richest != null) {
        richest.money -= earned;
      }
      return best;
    } finally {
      lock.unlock();
    }
  }
}
