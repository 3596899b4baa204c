package io.sluice.load.disaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelTest {
  private static final ObjectFacts OBJECT =
      new ObjectFacts(3, "abc", Map.of("etag", "\"1\"", "content-type", "a/b"));

  private final Model model = new Model();

  private static StoreState state(Map<String, ObjectFacts> objects) {
    return new StoreState(Map.of("photos", objects));
  }

  @Test
  void problems_asItWasWritten_none() {
    model.put("photos/a", Written.of(OBJECT));
    assertThat(model.problems(state(Map.of("a", OBJECT)))).isEmpty();
  }

  @Test
  void problems_lostOtherOrComeBack_areNamed() {
    model.put("photos/a", Written.of(OBJECT));
    model.put("photos/b", Written.of(OBJECT));
    model.put("photos/c", Written.of(OBJECT));
    model.remove("photos/c");
    ObjectFacts other = new ObjectFacts(3, "abd", OBJECT.headers());
    assertThat(model.problems(state(Map.of("a", other, "c", OBJECT))))
        .containsExactlyInAnyOrder(
            "photos/a: other bytes: 3 instead of 3",
            "photos/c: was deleted or never written",
            "photos/b: is missing");
  }

  @Test
  void problems_unanswered_mayBeAnything() {
    model.put("photos/a", Written.of(OBJECT));
    model.unsettle("photos/a");
    assertThat(model.problems(state(Map.of()))).isEmpty();
  }
}
