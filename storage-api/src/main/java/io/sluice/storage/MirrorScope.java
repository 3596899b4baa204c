package io.sluice.storage;

import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.MirrorRule;
import io.sluice.storage.proto.ReplicationRule;

/**
 * What a mirror is about: all below its prefix; or, for a replication, what the rules of its bucket
 * say. The same for whoever sends and for whoever says how far that is. Immutable; any thread.
 */
public final class MirrorScope {
  private final MirrorRecord mirror;

  public MirrorScope(MirrorRecord mirror) {
    this.mirror = mirror;
  }

  /** Whether what is or was under a key may be its business. */
  public boolean concerns(String key) {
    if (!mirror.getReplication()) {
      return key.startsWith(mirror.getPrefix());
    }
    for (MirrorRule each : mirror.getRulesList()) {
      if (key.startsWith(each.getRule().getPrefix())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a version is to be there, as long as it is the current one. */
  public boolean covers(String key, LogPosition version) {
    if (!mirror.getReplication()) {
      return concerns(key);
    }
    for (MirrorRule each : mirror.getRulesList()) {
      if (key.startsWith(each.getRule().getPrefix())
          && (!each.hasSince() || Positions.isAfter(version, each.getSince()))) {
        return true;
      }
    }
    return false;
  }

  /** Whether what is deleted here is deleted there, too: the rule of the greatest priority says. */
  public boolean sendsDeletions(String key) {
    if (!mirror.getReplication()) {
      return concerns(key);
    }
    ReplicationRule decides = null;
    for (MirrorRule each : mirror.getRulesList()) {
      ReplicationRule rule = each.getRule();
      if (key.startsWith(rule.getPrefix())
          && (decides == null || rule.getPriority() > decides.getPriority())) {
        decides = rule;
      }
    }
    return decides != null && (decides.getFirstVersion() || decides.getDeleteMarkers());
  }
}
