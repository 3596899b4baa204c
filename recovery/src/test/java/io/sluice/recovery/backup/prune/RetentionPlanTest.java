package io.sluice.recovery.backup.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetCounts;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetKind;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RetentionPlanTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  private final List<BackupSet> sets = new ArrayList<>();

  private BackupSet add(SetKind kind, @Nullable BackupSet parent, Instant at) {
    SetId newest = sets.isEmpty() ? null : sets.get(sets.size() - 1).id();
    return add(SetId.create(at, newest), kind, parent, at);
  }

  private BackupSet add(SetId id, SetKind kind, @Nullable BackupSet parent, Instant at) {
    BackupSet set =
        new BackupSet(
            id,
            kind,
            parent == null ? null : parent.id(),
            new UUID(0, 1),
            at,
            at,
            at,
            List.of(),
            List.of(),
            new SetCounts(0, 0, 0, 0, 0, 0, 0),
            null,
            List.of(),
            List.of(),
            List.of());
    sets.add(set);
    return set;
  }

  private BackupSet full(String at) {
    return add(SetKind.FULL, null, Instant.parse(at));
  }

  private List<String> staying(String... settings) {
    RetentionPlan plan =
        RetentionPlan.of(sets, RetentionRules.parse(List.of(settings)), NOW, Map.of());
    return plan.staying().stream().map(set -> set.cutAt().toString()).toList();
  }

  private List<String> reasons(BackupSet set, String... settings) {
    return RetentionPlan.of(sets, RetentionRules.parse(List.of(settings)), NOW, Map.of())
        .decisions()
        .stream()
        .filter(each -> each.set().equals(set))
        .findFirst()
        .orElseThrow()
        .reasons();
  }

  @Test
  void noRules_keepAll() {
    BackupSet first = full("2020-01-01T00:00:00Z");
    full("2026-11-21T00:00:00Z");
    assertThat(staying()).hasSize(2);
    assertThat(reasons(first)).containsExactly("no rules are set");
    assertThat(RetentionRules.parse(List.of("time-zone=Europe/Berlin")).isEmpty()).isTrue();
  }

  @Test
  void keepLast_keepsSoManyOfTheNewest() {
    full("2026-11-18T00:00:00Z");
    full("2026-11-19T00:00:00Z");
    full("2026-11-20T00:00:00Z");
    assertThat(staying("keep-last=2"))
        .containsExactly("2026-11-20T00:00:00Z", "2026-11-19T00:00:00Z");
  }

  @Test
  void keepLast_whatLeadsUpToAFull_takesNoPlace_andStaysWithWhatIsBeforeIt() {
    BackupSet first = full("2026-11-18T00:00:00Z");
    BackupSet a = add(SetKind.INCREMENTAL, first, Instant.parse("2026-11-19T00:00:00Z"));
    Instant at = Instant.parse("2026-11-20T00:00:00Z");
    SetId full = SetId.create(at, null);
    BackupSet end = add(full.chainEnd(), SetKind.INCREMENTAL, a, at);
    assertThat(reasons(end, "keep-last=1")).as("no full one yet").containsExactly("last 1");
    BackupSet second = add(full, SetKind.FULL, null, at);
    assertThat(reasons(second, "keep-last=1")).containsExactly("last 1");
    assertThat(reasons(end, "keep-last=1")).isEmpty();
    assertThat(reasons(a, "keep-last=1")).isEmpty();
    assertThat(reasons(end, "keep-last=2")).containsExactly("last 2");
    assertThat(reasons(a, "keep-last=2")).contains("last 2");
    assertThat(reasons(first, "keep-last=2")).containsExactly("needed by " + a.id());
  }

  @Test
  void keepDaily_keepsTheLastOfEachDayThatHasOne() {
    full("2026-11-10T09:00:00Z");
    full("2026-11-10T21:00:00Z");
    full("2026-11-18T09:00:00Z");
    full("2026-11-20T09:00:00Z");
    full("2026-11-20T21:00:00Z");
    assertThat(staying("keep-daily=3"))
        .containsExactly("2026-11-20T21:00:00Z", "2026-11-18T09:00:00Z", "2026-11-10T21:00:00Z");
    assertThat(staying("keep-daily=2"))
        .containsExactly("2026-11-20T21:00:00Z", "2026-11-18T09:00:00Z");
  }

  @Test
  void periods_areThoseOfTheTimeZone() {
    full("2026-11-20T22:30:00Z");
    full("2026-11-20T23:30:00Z");
    assertThat(staying("keep-daily=9")).hasSize(1);
    assertThat(staying("keep-daily=9", "time-zone=Europe/Berlin")).hasSize(2);
  }

  @Test
  void keepHourly_hourThatComesTwice_isTwoHours() {
    full("2026-10-25T00:30:00Z");
    full("2026-10-25T01:30:00Z");
    assertThat(staying("keep-hourly=9", "time-zone=Europe/Berlin")).hasSize(2);
  }

  @Test
  void grandfatherFatherSon_rulesAddUp() {
    BackupSet yearly = full("2024-12-31T23:00:00Z");
    full("2025-06-01T23:00:00Z");
    BackupSet monthly = full("2026-10-31T23:00:00Z");
    BackupSet sunday = full("2026-11-15T23:00:00Z");
    BackupSet newest = full("2026-11-20T23:00:00Z");
    String[] rules = {"keep-daily=1", "keep-weekly=2", "keep-monthly=2", "keep-yearly=3"};
    assertThat(reasons(newest, rules))
        .containsExactly(
            "the newest", "daily 2026-11-20", "weekly 2026-W47", "monthly 2026-11", "yearly 2026");
    assertThat(reasons(sunday, rules)).containsExactly("weekly 2026-W46");
    assertThat(reasons(monthly, rules)).containsExactly("monthly 2026-10");
    assertThat(reasons(yearly, rules)).containsExactly("yearly 2024");
    assertThat(staying(rules)).contains("2025-06-01T23:00:00Z");
  }

  @Test
  void keepWeekly_turnOfTheYear_isOneWeek() {
    full("2026-12-31T00:00:00Z");
    full("2027-01-01T00:00:00Z");
    assertThat(staying("keep-weekly=5")).containsExactly("2027-01-01T00:00:00Z");
  }

  @Test
  void whatStays_keepsItsChain() {
    BackupSet full = full("2026-11-01T00:00:00Z");
    BackupSet a = add(SetKind.INCREMENTAL, full, Instant.parse("2026-11-02T00:00:00Z"));
    BackupSet b = add(SetKind.INCREMENTAL, a, Instant.parse("2026-11-03T00:00:00Z"));
    BackupSet unneeded = add(SetKind.DIFFERENTIAL, full, Instant.parse("2026-11-04T00:00:00Z"));
    BackupSet c = add(SetKind.INCREMENTAL, b, Instant.parse("2026-11-05T00:00:00Z"));
    assertThat(reasons(c, "keep-last=1")).containsExactly("last 1");
    assertThat(reasons(full, "keep-last=1")).containsExactly("needed by " + a.id());
    assertThat(reasons(a, "keep-last=1")).containsExactly("needed by " + b.id());
    assertThat(reasons(unneeded, "keep-last=1")).isEmpty();
  }

  @Test
  void minAge_keepsWhatIsYounger() {
    full("2026-11-01T00:00:00Z");
    BackupSet young = full("2026-11-15T00:00:00Z");
    full("2026-11-21T00:00:00Z");
    assertThat(reasons(young, "keep-last=1", "min-age=P14D")).containsExactly("younger than 14 d");
    assertThat(staying("keep-last=1", "min-age=P14D")).hasSize(2);
  }

  @Test
  void newest_staysWhateverTheRulesSay() {
    full("2020-01-01T00:00:00Z");
    full("2020-01-02T00:00:00Z");
    assertThat(staying("min-age=P1D")).containsExactly("2020-01-02T00:00:00Z");
  }

  @Test
  void others_stayWithTheirChains() {
    BackupSet full = full("2020-01-01T00:00:00Z");
    BackupSet held = add(SetKind.INCREMENTAL, full, Instant.parse("2020-01-02T00:00:00Z"));
    full("2020-01-03T00:00:00Z");
    full("2020-01-04T00:00:00Z");
    RetentionPlan plan =
        RetentionPlan.of(
            sets,
            RetentionRules.parse(List.of("keep-last=1")),
            NOW,
            Map.of(held.id(), "legal hold"));
    assertThat(plan.staying()).hasSize(3).contains(full, held);
    assertThat(plan.going()).hasSize(1);
  }

  @Test
  void settings_areReadAsTheyAreWritten() {
    List<String> settings =
        List.of(
            "keep-last=7",
            "keep-daily=30",
            "keep-yearly=5",
            "min-age=PT336H",
            "time-zone=Europe/Berlin");
    RetentionRules rules = RetentionRules.parse(settings);
    assertThat(rules.settings()).isEqualTo(settings);
    assertThat(rules.zone()).isEqualTo(ZoneId.of("Europe/Berlin"));
    assertThat(rules.minAge()).isEqualTo(Duration.ofDays(14));
    assertThat(RetentionRules.parse(List.of()))
        .isEqualTo(new RetentionRules(0, Map.of(), Duration.ZERO, ZoneOffset.UTC));
  }

  @Test
  void settings_notUnderstood_areNamed() {
    for (String wrong :
        List.of(
            "keep-last=0",
            "keep-last=x",
            "keep-last",
            "keep-fortnightly=1",
            "keep-daily=1000001",
            "min-age=soon",
            "min-age=-P1D",
            "time-zone=Atlantis",
            "forever")) {
      assertThatThrownBy(() -> RetentionRules.parse(List.of(wrong)))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
