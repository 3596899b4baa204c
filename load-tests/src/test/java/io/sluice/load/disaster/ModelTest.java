package io.sluice.load.disaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelTest {
  private static final ObjectFacts OBJECT =
      new ObjectFacts(3, "abc", Map.of("etag", "\"1\"", "content-type", "a/b"));

  private final Model model = new Model();

  private void write(String name) {
    model.acknowledged(name, Written.of(OBJECT), Instant.EPOCH);
  }

  private static StoreState state(Map<String, ObjectFacts> objects) {
    return new StoreState(Map.of("photos", objects));
  }

  @Test
  void problems_asItWasWritten_none() {
    write("photos/a");
    assertThat(model.problems(state(Map.of("a", OBJECT)))).isEmpty();
  }

  @Test
  void problems_lostOtherOrComeBack_areNamed() {
    write("photos/a");
    write("photos/b");
    write("photos/c");
    model.acknowledged("photos/c", null, Instant.EPOCH);
    ObjectFacts other = new ObjectFacts(3, "abd", OBJECT.headers());
    assertThat(model.problems(state(Map.of("a", other, "c", OBJECT))))
        .containsExactlyInAnyOrder(
            "photos/a: other bytes: 3 instead of 3",
            "photos/c: was deleted or never written",
            "photos/b: is missing");
  }

  @Test
  void problems_unanswered_mayBeAnything() {
    write("photos/a");
    model.unanswered("photos/a", null, Instant.EPOCH);
    assertThat(model.problems(state(Map.of()))).isEmpty();
  }
}
