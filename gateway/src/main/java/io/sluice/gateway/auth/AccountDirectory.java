package io.sluice.gateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.AccessKey;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.GetAccount;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * Finds the account and secret of an access key: root's in the configuration, the others' in shard
 * 0, remembered for a short while. A key that was removed works for at most {@link #REMEMBERED}
 * longer. Safe for all threads.
 */
public final class AccountDirectory {
  private static final long KEYS_MAX = 10_000;
  private static final int KEY_LENGTH_MAX = 128;
  private static final Duration REMEMBERED = Duration.ofSeconds(5);

  /** Unknown keys are remembered apart, so that a stranger who guesses pushes out nobody. */
  private static final Duration UNKNOWN_REMEMBERED = Duration.ofSeconds(1);

  /** A key that may sign. */
  record KnownKey(String secretKey, Caller caller) {}

  private final MetadataStore metadata;
  private final KnownKey root;
  private final Duration deadline;
  private final Cache<String, KnownKey> known =
      Caffeine.newBuilder().maximumSize(KEYS_MAX).expireAfterWrite(REMEMBERED).build();
  private final Cache<String, Boolean> unknown =
      Caffeine.newBuilder().maximumSize(KEYS_MAX).expireAfterWrite(UNKNOWN_REMEMBERED).build();

  /**
   * @param deadline of one query
   */
  public AccountDirectory(MetadataStore metadata, RootAccount root, Duration deadline) {
    this.metadata = metadata;
    this.root = new KnownKey(root.secretKey(), root.caller());
    this.deadline = deadline;
  }

  /**
   * The key of that id.
   *
   * @return fails with {@link S3Exception} {@code InvalidAccessKeyId}; may complete on any thread
   */
  Uni<KnownKey> find(String accessKeyId) {
    if (accessKeyId.equals(root.caller().accessKeyId())) {
      return Uni.createFrom().item(root);
    }
    KnownKey remembered = known.getIfPresent(accessKeyId);
    if (remembered != null) {
      return Uni.createFrom().item(remembered);
    }
    if (accessKeyId.length() > KEY_LENGTH_MAX || unknown.getIfPresent(accessKeyId) != null) {
      return Uni.createFrom().failure(invalidKey(accessKeyId));
    }
    Query query =
        Query.newBuilder().setGetAccount(GetAccount.newBuilder().setAccessKey(accessKeyId)).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, deadline)
        .map(
            answer -> {
              KnownKey key = keyOf(answer.getAccount(), accessKeyId);
              known.put(accessKeyId, key);
              return key;
            })
        .onFailure(AccountDirectory::isNoSuchAccount)
        .transform(
            absent -> {
              unknown.put(accessKeyId, true);
              return invalidKey(accessKeyId);
            });
  }

  /** Forgets everything, because accounts were changed through this gateway. */
  public void forgetAll() {
    known.invalidateAll();
    unknown.invalidateAll();
  }

  private static KnownKey keyOf(Account account, String accessKeyId) {
    for (AccessKey key : account.getKeysList()) {
      if (key.getAccessKey().equals(accessKeyId)) {
        String shown =
            account.getDisplayName().isEmpty() ? account.getName() : account.getDisplayName();
        return new KnownKey(
            key.getSecretKey(), new Caller(account.getId(), shown, accessKeyId, false));
      }
    }
    throw invalidKey(accessKeyId);
  }

  private static boolean isNoSuchAccount(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_ACCOUNT;
  }

  private static S3Exception invalidKey(String accessKeyId) {
    return new S3Exception(S3ErrorCode.INVALID_ACCESS_KEY_ID).with("AWSAccessKeyId", accessKeyId);
  }
}
