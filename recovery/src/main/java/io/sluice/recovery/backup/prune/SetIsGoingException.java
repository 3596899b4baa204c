package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.SetId;
import java.io.IOException;

/** A set can't be held because a prune is about to remove it. The message is for people. */
public final class SetIsGoingException extends IOException {
  private static final long serialVersionUID = 1L;

  SetIsGoingException(SetId set) {
    super(
        ("backup %s has no hold: a prune has begun to remove it. Should it still be listed when no"
                + " prune runs, the next prune settles it; then try again")
            .formatted(set));
  }
}
