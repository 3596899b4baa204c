package io.sluice.load.consistency;

import java.util.BitSet;

/**
 * A point that the register may be at: its state, which pending operations have taken effect, and
 * which operations of unknown outcome have. Immutable: nobody changes {@code used}.
 *
 * @param state the register's value
 * @param done a bit for each slot of a pending operation that has taken effect
 * @param used a bit for each operation of unknown outcome that has taken effect
 */
record Configuration(long state, long done, BitSet used) {

  boolean hasDone(int slot) {
    return (done & 1L << slot) != 0;
  }

  boolean hasUsed(int unknown) {
    return used.get(unknown);
  }

  Configuration with(int slot, long newState) {
    return new Configuration(newState, done | 1L << slot, used);
  }

  Configuration without(int slot) {
    return new Configuration(state, done & ~(1L << slot), used);
  }

  Configuration using(int unknown, long newState) {
    BitSet more = (BitSet) used.clone();
    more.set(unknown);
    return new Configuration(newState, done, more);
  }

  /** Whether all that {@code other} used was used here too. */
  boolean usesAllOf(Configuration other) {
    BitSet missing = (BitSet) other.used.clone();
    missing.andNot(used);
    return missing.isEmpty();
  }
}
