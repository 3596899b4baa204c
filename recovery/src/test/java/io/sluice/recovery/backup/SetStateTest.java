package io.sluice.recovery.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.recovery.backup.format.RowGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What a chain of sets stands for, against a map that the same was done to. */
class SetStateTest {
  private static final int KEYS = 60;

  @Property(tries = 60)
  void anyChain_isWhatAMapIs(@ForAll Random random) throws IOException {
    MemoryTarget target = new MemoryTarget();
    Map<String, byte[]> model = new TreeMap<>();
    List<BackupSet> sets = new ArrayList<>();
    List<Map<String, byte[]>> states = new ArrayList<>();
    try (TestBackup backup = new TestBackup(target, null)) {
      int length = 1 + random.nextInt(6);
      for (int i = 0; i < length; i++) {
        backup.begin(i == 0 ? SetKind.FULL : SetKind.INCREMENTAL);
        change(backup, model, random, i > 0);
        sets.add(backup.finish());
        states.add(new TreeMap<>(model));
      }
      BackupCatalog catalog = backup.catalog();
      for (int i = 0; i < length; i++) {
        assertThat(catalog.chain(sets.get(i))).isEqualTo(sets.subList(0, i + 1));
        assertSame(read(backup, sets.subList(0, i + 1)), states.get(i));
      }
      // The state written anew is a full that stands for the same, and needs no other set.
      BackupSet synthetic = synthesize(backup, sets);
      assertSame(read(backup, List.of(synthetic)), states.get(length - 1));
    }
  }

  private static void change(
      TestBackup backup, Map<String, byte[]> model, Random random, boolean removes)
      throws IOException {
    int changes = random.nextInt(80);
    for (int i = 0; i < changes; i++) {
      String key = "k" + random.nextInt(KEYS);
      if (removes && random.nextInt(3) == 0) {
        backup.remove(7, key);
        model.remove(key);
      } else {
        byte[] content = new byte[random.nextInt(300)];
        random.nextBytes(content);
        backup.inline(7, key.getBytes(StandardCharsets.UTF_8), content);
        model.put(key, content);
      }
    }
  }

  private static Map<String, byte[]> read(TestBackup backup, List<BackupSet> chain)
      throws IOException {
    Map<String, byte[]> state = new LinkedHashMap<>();
    try (SetState rows = SetState.open(backup.files(), chain, null)) {
      for (RowGroup row = rows.next(); row != null; row = rows.next()) {
        assertThat(
                state.put(
                    row.key().key().toStringUtf8(),
                    row.row().getObject().getInlineData().toByteArray()))
            .isNull();
      }
    }
    return state;
  }

  private static BackupSet synthesize(TestBackup backup, List<BackupSet> chain) throws IOException {
    try (SetState rows = SetState.open(backup.files(), chain, null)) {
      SetWriter writer = backup.begin(SetKind.SYNTHETIC_FULL);
      for (RowGroup row = rows.next(); row != null; row = rows.next()) {
        writer.add(row);
      }
      return backup.finish();
    }
  }

  private static void assertSame(Map<String, byte[]> read, Map<String, byte[]> model) {
    assertThat(List.copyOf(read.keySet())).isEqualTo(List.copyOf(model.keySet()));
    model.forEach((key, content) -> assertThat(read.get(key)).isEqualTo(content));
  }
}
