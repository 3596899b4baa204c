package io.sluice.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.*;

import io.gatling.javaapi.core.Simulation;

/** Users that list pages of 1,000 keys from random places. */
public class ListSimulation extends Simulation {

  private final S3Load load = new S3Load();

  {
    setUp(
            scenario("list")
                .exec(during(load.duration).on(load.list()))
                .injectOpen(atOnceUsers(load.users)))
        .protocols(load.protocol())
        .assertions(global().failedRequests().count().is(0L));
  }

  @Override
  public void before() {
    load.prepare(true);
  }
}
