package io.sluice.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.*;

import io.gatling.javaapi.core.Simulation;

/** Users that download objects, one after the other. */
public class DownloadSimulation extends Simulation {

  private final S3Load load = new S3Load();

  {
    setUp(
            scenario("download")
                .exec(during(load.duration).on(load.get()))
                .injectOpen(atOnceUsers(load.users)))
        .protocols(load.protocol())
        .assertions(global().failedRequests().count().is(0L));
  }

  @Override
  public void before() {
    load.prepare(true);
  }
}
