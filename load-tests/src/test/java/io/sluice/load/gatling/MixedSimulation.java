package io.sluice.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.*;

import io.gatling.javaapi.core.Simulation;

/** Users of whom each request is a GET (55 %), PUT (30 %), HEAD (10 %) or a page of keys (5 %). */
public class MixedSimulation extends Simulation {

  private final S3Load load = new S3Load();

  {
    setUp(
            scenario("mixed")
                .exec(
                    during(load.duration)
                        .on(
                            randomSwitch()
                                .on(
                                    percent(55).then(exec(load.get())),
                                    percent(30).then(exec(load.put())),
                                    percent(10).then(exec(load.head())),
                                    percent(5).then(exec(load.list())))))
                .injectOpen(atOnceUsers(load.users)))
        .protocols(load.protocol())
        .assertions(global().failedRequests().count().is(0L));
  }

  @Override
  public void before() {
    load.prepare(true);
  }
}
