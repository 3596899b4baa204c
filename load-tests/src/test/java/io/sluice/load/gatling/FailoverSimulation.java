package io.sluice.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.*;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Users that upload, download, ask and list through a balancer while a node is killed. The kill is
 * a command of the caller's, so that this works with any store:
 *
 * <pre>
 * -Dendpoint=http://127.0.0.1:9000 -Dduration=60 -Dhook="kill -9 12345" -DhookAt=20 -DmaxFailedPercent=1
 * </pre>
 *
 * <p>Without a balancer {@code -Dendpoints=URL,URL,URL} gives each user one of the gateways.
 * Requests are not repeated: what is printed is what clients meet that never try again.
 */
public class FailoverSimulation extends Simulation {

  private static final int WARM_UP_SECONDS = 3;

  private final S3Load load = new S3Load();
  private final String hook = System.getProperty("hook", "");
  private final int hookAt = Integer.getInteger("hookAt", (int) (load.duration.toSeconds() / 3));
  private final double maxFailedPercent =
      Double.parseDouble(System.getProperty("maxFailedPercent", "5"));
  private final FailoverMeter meter = new FailoverMeter((int) load.duration.toSeconds() + 60);
  private final ScheduledExecutorService killer = Executors.newSingleThreadScheduledExecutor();

  {
    setUp(
            scenario("failover")
                .exec(
                    during(load.duration)
                        .on(
                            randomSwitch()
                                .on(
                                    percent(50).then(metered(load.put())),
                                    percent(35).then(metered(load.get())),
                                    percent(10).then(metered(load.head())),
                                    percent(5).then(metered(load.list())))))
                .injectOpen(atOnceUsers(load.users)))
        .protocols(load.protocol())
        .assertions(global().failedRequests().percent().lte(maxFailedPercent));
  }

  private ChainBuilder metered(HttpRequestActionBuilder request) {
    return exec(request)
        .exec(
            session -> {
              meter.count(session.isFailed(), System.nanoTime());
              return session.markAsSucceeded();
            });
  }

  @Override
  public void before() {
    load.prepare(true);
    meter.start(System.nanoTime());
    if (!hook.isEmpty()) {
      var unused = killer.schedule(this::runHook, hookAt, TimeUnit.SECONDS);
    }
  }

  private void runHook() {
    try {
      Process process = new ProcessBuilder("sh", "-c", hook).inheritIO().start();
      System.out.println("failover: after " + hookAt + " s: " + hook + " (" + process.pid() + ")");
    } catch (IOException e) {
      System.out.println("failover: the hook could not be run: " + e.getMessage());
    }
  }

  @Override
  public void after() {
    killer.shutdownNow();
    System.out.println(meter.report(WARM_UP_SECONDS, hookAt, (int) load.duration.toSeconds()));
  }
}
