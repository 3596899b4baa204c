package io.sluice.metadata.raft;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.apache.ratis.util.AwaitForSignal;
import org.jspecify.annotations.Nullable;

/**
 * Sends a leader's entries to one follower: all that came while the last message was under way go
 * in the next.
 *
 * <p>Ratis (3.3.0) sends each entry in a message of its own for as long as fewer messages than its
 * limit are under way, and at the limit answers each event (a reply, an entry) with an empty one,
 * whose reply is the next event: most of what it sent under load was empty. It also loses an event
 * that comes just before it begins to wait, and a heartbeat that is asked for while another message
 * is being made; both then wait for the next regular heartbeat.
 */
final class BatchingAppender extends GrpcLogAppender {
  private final AwaitForSignal events = new Events();

  /** The first call that is good enough for whoever asked for a heartbeat last. */
  private final AtomicLong wantedCall = new AtomicLong();

  // Only the thread that sends uses these.
  private long madeCall;
  private boolean gathering;
  private long gatherEndNanos;

  BatchingAppender(RaftServer.Division server, LeaderState leader, FollowerInfo follower) {
    super(server, leader, follower);
  }

  @Override
  public AwaitForSignal getEventAwaitForSignal() {
    return events;
  }

  @Override
  public boolean shouldSendAppendEntries() {
    return hasPendingDataRequests()
        ? getHeartbeatWaitTimeMs() <= 0
        : super.shouldSendAppendEntries();
  }

  /** Null when there is nothing to send now. */
  @Override
  @SuppressWarnings("NullAway") // Ratis says nothing of null, and takes it
  public @Nullable AppendEntriesRequestProto newAppendEntriesRequest(long call, boolean heartbeat)
      throws RaftLogIOException {
    madeCall = call;
    long waitMs = super.getHeartbeatWaitTimeMs();
    if (heartbeat || waitMs <= 0) {
      return super.newAppendEntriesRequest(call, heartbeat);
    }
    if (hasPendingDataRequests()) {
      return null;
    }
    gatherEndNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    gathering = true;
    try {
      return super.newAppendEntriesRequest(call, false);
    } finally {
      gathering = false;
    }
  }

  /**
   * Only the thread that sends asks. Ratis throws away what it has gathered for a message when a
   * heartbeat becomes due meanwhile: under many reads, each of which asks for one, a follower that
   * has to catch up would get none of it.
   */
  @Override
  public long getHeartbeatWaitTimeMs() {
    return gathering
        ? Math.max(0, TimeUnit.NANOSECONDS.toMillis(gatherEndNanos - System.nanoTime()))
        : super.getHeartbeatWaitTimeMs();
  }

  @Override
  public void triggerHeartbeat() {
    wantedCall.accumulateAndGet(getCallId(), Math::max);
    super.triggerHeartbeat();
  }

  /** What was made is sent now. */
  @Override
  protected void resetHeartbeatTrigger() {
    super.resetHeartbeatTrigger();
    if (madeCall < wantedCall.get()) {
      // Asked for while this was being made, so this is no answer to it.
      super.triggerHeartbeat();
    }
  }

  /** Remembers one event that comes while nobody waits. */
  static final class Events extends AwaitForSignal {
    private final Semaphore event = new Semaphore(0);

    Events() {
      super("events");
    }

    @Override
    public void signal() {
      event.drainPermits();
      event.release();
    }

    @Override
    public void await() throws InterruptedException {
      event.acquire();
    }

    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
      return event.tryAcquire(time, unit);
    }
  }
}
