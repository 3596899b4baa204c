package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetState;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.SettingRecord;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What rows say that are not about objects: of a whole state, or what changed. As many as there are
 * accounts and buckets. For one thread at a time.
 */
final class RootRows {
  private final Map<String, Account> accounts = new LinkedHashMap<>();
  private final Map<String, Bucket> buckets = new LinkedHashMap<>();
  private final Map<String, SettingRecord> settings = new LinkedHashMap<>();
  private final Set<String> accountsGone = new HashSet<>();
  private final Set<String> bucketsGone = new HashSet<>();
  private final Set<String> settingsGone = new HashSet<>();

  /** Those of the state that a chain stands for; none of no chain. */
  static RootRows of(BackupFiles files, List<BackupSet> chain) throws IOException {
    RootRows rows = new RootRows();
    try (SetState state = SetState.open(files, chain, null)) {
      for (RowGroup row = state.next(); row != null && !row.key().isObject(); row = state.next()) {
        rows.add(row);
      }
    }
    return rows;
  }

  /** Takes one more. */
  void add(RowGroup row) {
    String name = row.key().key().toStringUtf8();
    switch (row.row().getRowCase()) {
      case ACCOUNT -> add(row, name, row.row().getAccount().getAccount(), accounts, accountsGone);
      case BUCKET -> add(row, name, row.row().getBucket().getBucket(), buckets, bucketsGone);
      case SETTING -> add(row, name, row.row().getSetting().getSetting(), settings, settingsGone);
      default -> {}
    }
  }

  private static <T> void add(
      RowGroup row, String name, T value, Map<String, T> there, Set<String> gone) {
    if (row.isRemoval()) {
      gone.add(name);
    } else {
      there.put(name, value);
    }
  }

  /** What is there when these have changed. */
  RootRows with(RootRows changes) {
    RootRows rows = new RootRows();
    merge(rows.accounts, accounts, changes.accounts, changes.accountsGone);
    merge(rows.buckets, buckets, changes.buckets, changes.bucketsGone);
    merge(rows.settings, settings, changes.settings, changes.settingsGone);
    return rows;
  }

  private static <T> void merge(
      Map<String, T> into, Map<String, T> before, Map<String, T> changed, Set<String> gone) {
    into.putAll(before);
    into.putAll(changed);
    into.keySet().removeAll(gone);
  }

  Collection<Account> accounts() {
    return accounts.values();
  }

  @Nullable Account account(String name) {
    return accounts.get(name);
  }

  Collection<Bucket> buckets() {
    return buckets.values();
  }

  @Nullable Bucket bucket(String name) {
    return buckets.get(name);
  }

  /** Whether a bucket of that name is there that is another one. */
  boolean replaces(Bucket was) {
    Bucket now = buckets.get(was.getName());
    return now != null && now.getId() != was.getId();
  }

  Collection<SettingRecord> settings() {
    return settings.values();
  }

  @Nullable SettingRecord setting(String name) {
    return settings.get(name);
  }

  Set<String> accountsGone() {
    return accountsGone;
  }

  Set<String> bucketsGone() {
    return bucketsGone;
  }

  Set<String> settingsGone() {
    return settingsGone;
  }
}
