package io.sluice.load.disaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A comparison that finds nothing must be able to. */
class StoreStateTest {
  private static final ObjectFacts OBJECT =
      new ObjectFacts(
          3, "abc", Map.of("etag", "\"1\"", "content-type", "a/b", "x-amz-meta-of", "then"));

  private static final StoreState THEN =
      new StoreState(Map.of("photos", Map.of("a", OBJECT), "empty", Map.of()));

  private static StoreState with(Map<String, ObjectFacts> photos) {
    return new StoreState(Map.of("photos", photos, "empty", Map.of()));
  }

  private static String difference(StoreState now) {
    return String.join("\n", THEN.differences(now, Set.of(), false));
  }

  @Test
  void differences_same_none() {
    assertThat(difference(with(Map.of("a", OBJECT)))).isEmpty();
  }

  @Test
  void differences_otherBytes_areNamed() {
    ObjectFacts other = new ObjectFacts(3, "abd", OBJECT.headers());
    assertThat(difference(with(Map.of("a", other)))).contains("photos/a: other bytes");
  }

  @Test
  void differences_metadataLost_isNamed() {
    ObjectFacts other = new ObjectFacts(3, "abc", Map.of("etag", "\"1\"", "content-type", "a/b"));
    assertThat(difference(with(Map.of("a", other))))
        .contains("photos/a: x-amz-meta-of: null instead of then");
  }

  @Test
  void differences_missingAndMore_areNamed() {
    assertThat(difference(with(Map.of()))).isEqualTo("photos/a: is missing");
    StoreState more = with(Map.of("a", OBJECT, "b", OBJECT));
    assertThat(difference(more)).isEqualTo("photos/b: is there, and was not then");
    assertThat(THEN.differences(more, Set.of(), true)).isEmpty();
    assertThat(THEN.differences(more, Set.of("photos/b"), false)).isEmpty();
  }

  @Test
  void differences_emptyBucketMissing_isNamed() {
    StoreState now = new StoreState(Map.of("photos", Map.of("a", OBJECT)));
    assertThat(difference(now)).isEqualTo("bucket empty is missing");
  }
}
