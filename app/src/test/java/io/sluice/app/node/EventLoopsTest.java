package io.sluice.app.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EventLoopsTest {
  /** A container that is made anew has its old name and another address. */
  @Test
  void names_areLookedUpAgain_withinSeconds() {
    assertThat(EventLoops.options().getAddressResolverOptions().getCacheMaxTimeToLive())
        .isBetween(1, 10);
  }
}
