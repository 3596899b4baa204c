package io.sluice.app.config;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a node does. */
public enum Role {
  /** Serves S3. */
  GATEWAY,
  /** Keeps chunks, in its data directories. */
  STORAGE,
  /** May vote in the metadata. */
  METADATA;

  /**
   * Reads {@code --roles}.
   *
   * @throws IllegalArgumentException with a line for the user
   */
  static Set<Role> parse(List<String> names) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String name : names) {
      try {
        roles.add(valueOf(name.strip().toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "--roles has no '" + name + "': choose from gateway, storage, metadata", e);
      }
    }
    return roles;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
