package io.sluice.cluster.member;

import io.sluice.storage.proto.NodeIdentity;
import org.jspecify.annotations.Nullable;

/**
 * What came of asking an address who is there.
 *
 * @param name who was expected there: only a hint
 * @param address of an internal channel
 * @param answer as trustworthy as the channel; null when none came
 * @param failure why none came; empty when one did
 */
record Probed(String name, String address, @Nullable NodeIdentity answer, String failure) {
  static Probed answered(String name, String address, NodeIdentity answer) {
    return new Probed(name, address, answer, "");
  }

  static Probed failed(String name, String address, String failure) {
    return new Probed(name, address, null, failure);
  }
}
