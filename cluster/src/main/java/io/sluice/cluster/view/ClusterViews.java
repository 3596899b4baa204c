package io.sluice.cluster.view;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.cluster.member.NodeListener;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.NodeHint;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the newest {@link ClusterView} by asking shard 0 once a second, and at once when something
 * says that there is a newer one. One question at a time; a view never goes back in revision.
 *
 * <p>Everything is done on one event loop; every method may be called on any thread and returns at
 * once.
 */
public final class ClusterViews {
  /** Before anything is known. */
  public static final ClusterView NONE =
      new ClusterView(
          0,
          new Layout(0, 0, List.of()),
          Map.of(),
          Map.of(),
          Map.of(),
          Set.of(),
          FormatRange.FIRST);

  private static final Logger log = LoggerFactory.getLogger(ClusterViews.class);
  private static final int WAITERS_MAX = 1024;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** Ids of timers begin with 0. */
  private static final long NO_TIMER = -1;

  private record Waiter(long revision, UniEmitter<? super ClusterView> emitter) {}

  private final MetadataStore store;
  private final Vertx vertx;
  private final Context context;
  private final ViewOptions options;
  private final Counter failures;
  private final List<Consumer<ClusterView>> listeners = new CopyOnWriteArrayList<>();
  private final List<Waiter> waiters = new ArrayList<>();

  private boolean running;
  private boolean asking;
  private boolean again;
  private boolean failing;
  private long timer = NO_TIMER;
  private volatile ClusterView current = NONE;

  public ClusterViews(
      MetadataStore store, Vertx vertx, ViewOptions options, MeterRegistry registry) {
    this.store = store;
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.options = options;
    this.failures =
        Counter.builder("sluice.cluster.view.failures")
            .description("Times the cluster's state could not be asked for")
            .register(registry);
    Gauge.builder("sluice.cluster.view.revision", this, views -> views.current.revision())
        .description("The newest revision of the cluster's state that this node knows")
        .register(registry);
  }

  public void start() {
    context.runOnContext(
        v -> {
          running = true;
          ask();
        });
  }

  /** Asks nothing more; who waits for a revision is told that it does not come. */
  public void stop() {
    context.runOnContext(
        v -> {
          running = false;
          vertx.cancelTimer(timer);
          List<Waiter> left = List.copyOf(waiters);
          waiters.clear();
          left.forEach(waiter -> waiter.emitter().fail(unavailable("this node is stopping")));
        });
  }

  /** The newest that is known; {@link #NONE} at first. */
  public ClusterView current() {
    return current;
  }

  /** Called with each newer view, on an event loop: must return at once. */
  public void addListener(Consumer<ClusterView> listener) {
    listeners.add(listener);
  }

  /** There may be news: asks at once, again if a question is under way. */
  public void lookAgain() {
    context.runOnContext(v -> askSoon());
  }

  /** Somebody claims to know a revision: asks at once if it is newer. */
  public void hinted(long revision) {
    if (revision > current.revision()) {
      lookAgain();
    }
  }

  /** Hears hints of a cluster's nodes, and asks when one names a newer revision. */
  public NodeListener following(String clusterId) {
    return new NodeListener() {
      @Override
      public void seen(NodeHint hint) {
        if (hint.getClusterId().equals(clusterId)) {
          hinted(hint.getClusterRevision());
        }
      }
    };
  }

  /**
   * The first view from a revision on.
   *
   * @return fails with {@link StorageFailure.Unavailable} when it is not known by the deadline
   */
  public Uni<ClusterView> await(long revision, Duration deadline) {
    if (current.revision() >= revision) {
      return Uni.createFrom().item(current);
    }
    return Uni.createFrom().emitter(emitter -> waitFor(revision, deadline, emitter));
  }

  private void waitFor(long revision, Duration deadline, UniEmitter<? super ClusterView> emitter) {
    context.runOnContext(
        v -> {
          if (current.revision() >= revision) {
            emitter.complete(current);
          } else if (waiters.size() >= WAITERS_MAX) {
            emitter.fail(unavailable("too many wait for the cluster's state"));
          } else {
            Waiter waiter = new Waiter(revision, emitter);
            waiters.add(waiter);
            vertx.setTimer(Math.max(1, deadline.toMillis()), id -> giveUp(waiter));
            askSoon();
          }
        });
  }

  private void giveUp(Waiter waiter) {
    if (waiters.remove(waiter)) {
      waiter
          .emitter()
          .fail(unavailable("revision " + waiter.revision() + " of the cluster is not known yet"));
    }
  }

  private static StorageFailure.Unavailable unavailable(String message) {
    return new StorageFailure.Unavailable(message, RETRY_AFTER, null);
  }

  private void askSoon() {
    if (asking) {
      again = true;
    } else if (running) {
      schedule(options.pause());
    }
  }

  private void schedule(Duration delay) {
    vertx.cancelTimer(timer);
    timer = vertx.setTimer(Math.max(1, delay.toMillis()), id -> ask());
  }

  private void ask() {
    if (asking || !running) {
      return;
    }
    asking = true;
    again = false;
    Query query =
        Query.newBuilder()
            .setGetCluster(GetCluster.newBuilder().setKnownRevision(current.revision()))
            .build();
    store
        .query(MetadataStore.ROOT_SHARD, query, options.deadline())
        .subscribe()
        .with(
            answer -> context.runOnContext(v -> answered(answer)),
            failure -> context.runOnContext(v -> failed(failure)));
  }

  private void answered(Answer answer) {
    if (failing) {
      failing = false;
      log.info("the cluster's state is known again");
    }
    ClusterState state = answer.getCluster();
    // Of the revision that is known already, only its number comes.
    if (state.getRevision() > current.revision()) {
      show(ClusterView.of(state));
    }
    next();
  }

  private void show(ClusterView view) {
    current = view;
    listeners.forEach(listener -> tell(listener, view));
    List<Waiter> served =
        waiters.stream().filter(waiter -> waiter.revision() <= view.revision()).toList();
    waiters.removeAll(served);
    served.forEach(waiter -> waiter.emitter().complete(view));
  }

  /** A view that one listener can't bear must not be the last that this node asks for. */
  private static void tell(Consumer<ClusterView> listener, ClusterView view) {
    try {
      listener.accept(view);
    } catch (RuntimeException e) {
      log.error("revision {} of the cluster's state is not taken", view.revision(), e);
    }
  }

  private void failed(Throwable failure) {
    failures.increment();
    if (!failing) {
      failing = true;
      log.warn("cannot ask for the cluster's state: {}", failure.toString());
    }
    next();
  }

  private void next() {
    asking = false;
    if (!running) {
      return;
    }
    long intervalMs = options.interval().toMillis();
    long jitterMs = intervalMs / 5;
    schedule(
        again
            ? options.pause()
            : Duration.ofMillis(intervalMs - ThreadLocalRandom.current().nextLong(jitterMs + 1)));
  }
}
