package io.sluice.cluster.member;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.logging.LogEvent;
import com.hazelcast.logging.LogListener;
import java.util.Optional;
import java.util.logging.Level;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Notices members of another cluster where this node was told to look. Hazelcast only logs that and
 * goes on alone, so this listens to what it logs while it starts: added to the configuration as a
 * listener, it gets hold of the instance before the first attempt to join. A test notices when the
 * wording changes.
 */
final class ForeignMembers implements LifecycleListener, HazelcastInstanceAware, LogListener {
  private static final Pattern OTHER_NAME =
      Pattern.compile("could not join cluster at node: (\\S+) .*different cluster-name");

  private volatile @Nullable String first;

  /** The first address where a member of another cluster answered. */
  Optional<String> first() {
    return Optional.ofNullable(first);
  }

  @Override
  public void setHazelcastInstance(HazelcastInstance hazelcast) {
    hazelcast.getLoggingService().addLogListener(Level.WARNING, this);
  }

  @Override
  public void log(LogEvent event) {
    String message = event.getLogRecord().getMessage();
    Matcher matcher = OTHER_NAME.matcher(message == null ? "" : message);
    if (first == null && matcher.find()) {
      first = matcher.group(1);
    }
  }

  @Override
  public void stateChanged(LifecycleEvent event) {
    // A listener must be of some kind to be told of the instance.
  }
}
