package io.sluice.s3;

import static io.sluice.s3.BodyTreatment.LARGE_XML;
import static io.sluice.s3.BodyTreatment.NONE;
import static io.sluice.s3.BodyTreatment.STREAM;
import static io.sluice.s3.BodyTreatment.XML;
import static io.sluice.s3.ResourceLevel.BUCKET;
import static io.sluice.s3.ResourceLevel.OBJECT;
import static io.sluice.s3.ResourceLevel.SERVICE;
import static io.sluice.s3.S3Method.DELETE;
import static io.sluice.s3.S3Method.GET;
import static io.sluice.s3.S3Method.HEAD;
import static io.sluice.s3.S3Method.OPTIONS;
import static io.sluice.s3.S3Method.POST;
import static io.sluice.s3.S3Method.PUT;

import org.jspecify.annotations.Nullable;

/**
 * Every operation of the S3 API, one row each: its name, the method and level, the query and header
 * that select it, the IAM action that allows it, and what becomes of its body. Routing,
 * authorisation, metrics, the audit log and the compatibility page all read this table. Operations
 * that are not implemented are rows too, so that {@code PUT /bucket/key?acl} can never become the
 * upload of an object.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html">
 *     Actions of Amazon S3</a>
 */
public enum S3Operation {
  LIST_BUCKETS("ListBuckets", GET, SERVICE, noQuery(), "s3:ListAllMyBuckets", NONE),
  LIST_DIRECTORY_BUCKETS(
      "ListDirectoryBuckets",
      GET,
      SERVICE,
      query("x-id=ListDirectoryBuckets"),
      "s3express:ListAllMyDirectoryBuckets",
      NONE),
  CREATE_BUCKET("CreateBucket", PUT, BUCKET, noQuery(), "s3:CreateBucket", XML),
  HEAD_BUCKET("HeadBucket", HEAD, BUCKET, noQuery(), "s3:ListBucket", NONE),
  DELETE_BUCKET("DeleteBucket", DELETE, BUCKET, noQuery(), "s3:DeleteBucket", NONE),
  GET_BUCKET_LOCATION(
      "GetBucketLocation", GET, BUCKET, query("location"), "s3:GetBucketLocation", NONE),
  LIST_OBJECTS("ListObjects", GET, BUCKET, noQuery(), "s3:ListBucket", NONE),
  LIST_OBJECTS_V2("ListObjectsV2", GET, BUCKET, query("list-type=2"), "s3:ListBucket", NONE),
  LIST_OBJECT_VERSIONS(
      "ListObjectVersions", GET, BUCKET, query("versions"), "s3:ListBucketVersions", NONE),
  LIST_MULTIPART_UPLOADS(
      "ListMultipartUploads", GET, BUCKET, query("uploads"), "s3:ListBucketMultipartUploads", NONE),
  DELETE_OBJECTS("DeleteObjects", POST, BUCKET, query("delete"), "s3:DeleteObject", LARGE_XML),
  POST_OBJECT("PostObject", POST, BUCKET, noQuery(), "s3:PutObject", STREAM),
  CREATE_SESSION("CreateSession", GET, BUCKET, query("session"), "s3express:CreateSession", NONE),
  GET_BUCKET_ACCELERATE_CONFIGURATION(
      "GetBucketAccelerateConfiguration",
      GET,
      BUCKET,
      query("accelerate"),
      "s3:GetAccelerateConfiguration",
      NONE),
  PUT_BUCKET_ACCELERATE_CONFIGURATION(
      "PutBucketAccelerateConfiguration",
      PUT,
      BUCKET,
      query("accelerate"),
      "s3:PutAccelerateConfiguration",
      XML),
  GET_BUCKET_ACL("GetBucketAcl", GET, BUCKET, query("acl"), "s3:GetBucketAcl", NONE),
  PUT_BUCKET_ACL("PutBucketAcl", PUT, BUCKET, query("acl"), "s3:PutBucketAcl", XML),
  GET_BUCKET_CORS("GetBucketCors", GET, BUCKET, query("cors"), "s3:GetBucketCORS", NONE),
  PUT_BUCKET_CORS("PutBucketCors", PUT, BUCKET, query("cors"), "s3:PutBucketCORS", XML),
  DELETE_BUCKET_CORS("DeleteBucketCors", DELETE, BUCKET, query("cors"), "s3:PutBucketCORS", NONE),
  GET_BUCKET_ENCRYPTION(
      "GetBucketEncryption",
      GET,
      BUCKET,
      query("encryption"),
      "s3:GetEncryptionConfiguration",
      NONE),
  PUT_BUCKET_ENCRYPTION(
      "PutBucketEncryption",
      PUT,
      BUCKET,
      query("encryption"),
      "s3:PutEncryptionConfiguration",
      XML),
  DELETE_BUCKET_ENCRYPTION(
      "DeleteBucketEncryption",
      DELETE,
      BUCKET,
      query("encryption"),
      "s3:PutEncryptionConfiguration",
      NONE),
  GET_BUCKET_LIFECYCLE_CONFIGURATION(
      "GetBucketLifecycleConfiguration",
      GET,
      BUCKET,
      query("lifecycle"),
      "s3:GetLifecycleConfiguration",
      NONE),
  PUT_BUCKET_LIFECYCLE_CONFIGURATION(
      "PutBucketLifecycleConfiguration",
      PUT,
      BUCKET,
      query("lifecycle"),
      "s3:PutLifecycleConfiguration",
      XML),
  DELETE_BUCKET_LIFECYCLE(
      "DeleteBucketLifecycle",
      DELETE,
      BUCKET,
      query("lifecycle"),
      "s3:PutLifecycleConfiguration",
      NONE),
  GET_BUCKET_LOGGING(
      "GetBucketLogging", GET, BUCKET, query("logging"), "s3:GetBucketLogging", NONE),
  PUT_BUCKET_LOGGING("PutBucketLogging", PUT, BUCKET, query("logging"), "s3:PutBucketLogging", XML),
  GET_BUCKET_NOTIFICATION_CONFIGURATION(
      "GetBucketNotificationConfiguration",
      GET,
      BUCKET,
      query("notification"),
      "s3:GetBucketNotification",
      NONE),
  PUT_BUCKET_NOTIFICATION_CONFIGURATION(
      "PutBucketNotificationConfiguration",
      PUT,
      BUCKET,
      query("notification"),
      "s3:PutBucketNotification",
      XML),
  GET_OBJECT_LOCK_CONFIGURATION(
      "GetObjectLockConfiguration",
      GET,
      BUCKET,
      query("object-lock"),
      "s3:GetBucketObjectLockConfiguration",
      NONE),
  PUT_OBJECT_LOCK_CONFIGURATION(
      "PutObjectLockConfiguration",
      PUT,
      BUCKET,
      query("object-lock"),
      "s3:PutBucketObjectLockConfiguration",
      XML),
  GET_BUCKET_OWNERSHIP_CONTROLS(
      "GetBucketOwnershipControls",
      GET,
      BUCKET,
      query("ownershipControls"),
      "s3:GetBucketOwnershipControls",
      NONE),
  PUT_BUCKET_OWNERSHIP_CONTROLS(
      "PutBucketOwnershipControls",
      PUT,
      BUCKET,
      query("ownershipControls"),
      "s3:PutBucketOwnershipControls",
      XML),
  DELETE_BUCKET_OWNERSHIP_CONTROLS(
      "DeleteBucketOwnershipControls",
      DELETE,
      BUCKET,
      query("ownershipControls"),
      "s3:PutBucketOwnershipControls",
      NONE),
  GET_BUCKET_POLICY("GetBucketPolicy", GET, BUCKET, query("policy"), "s3:GetBucketPolicy", NONE),
  PUT_BUCKET_POLICY("PutBucketPolicy", PUT, BUCKET, query("policy"), "s3:PutBucketPolicy", XML),
  DELETE_BUCKET_POLICY(
      "DeleteBucketPolicy", DELETE, BUCKET, query("policy"), "s3:DeleteBucketPolicy", NONE),
  GET_BUCKET_POLICY_STATUS(
      "GetBucketPolicyStatus",
      GET,
      BUCKET,
      query("policyStatus"),
      "s3:GetBucketPolicyStatus",
      NONE),
  GET_PUBLIC_ACCESS_BLOCK(
      "GetPublicAccessBlock",
      GET,
      BUCKET,
      query("publicAccessBlock"),
      "s3:GetBucketPublicAccessBlock",
      NONE),
  PUT_PUBLIC_ACCESS_BLOCK(
      "PutPublicAccessBlock",
      PUT,
      BUCKET,
      query("publicAccessBlock"),
      "s3:PutBucketPublicAccessBlock",
      XML),
  DELETE_PUBLIC_ACCESS_BLOCK(
      "DeletePublicAccessBlock",
      DELETE,
      BUCKET,
      query("publicAccessBlock"),
      "s3:PutBucketPublicAccessBlock",
      NONE),
  GET_BUCKET_REPLICATION(
      "GetBucketReplication",
      GET,
      BUCKET,
      query("replication"),
      "s3:GetReplicationConfiguration",
      NONE),
  PUT_BUCKET_REPLICATION(
      "PutBucketReplication",
      PUT,
      BUCKET,
      query("replication"),
      "s3:PutReplicationConfiguration",
      XML),
  DELETE_BUCKET_REPLICATION(
      "DeleteBucketReplication",
      DELETE,
      BUCKET,
      query("replication"),
      "s3:PutReplicationConfiguration",
      NONE),
  GET_BUCKET_REQUEST_PAYMENT(
      "GetBucketRequestPayment",
      GET,
      BUCKET,
      query("requestPayment"),
      "s3:GetBucketRequestPayment",
      NONE),
  PUT_BUCKET_REQUEST_PAYMENT(
      "PutBucketRequestPayment",
      PUT,
      BUCKET,
      query("requestPayment"),
      "s3:PutBucketRequestPayment",
      XML),
  GET_BUCKET_TAGGING(
      "GetBucketTagging", GET, BUCKET, query("tagging"), "s3:GetBucketTagging", NONE),
  PUT_BUCKET_TAGGING("PutBucketTagging", PUT, BUCKET, query("tagging"), "s3:PutBucketTagging", XML),
  DELETE_BUCKET_TAGGING(
      "DeleteBucketTagging", DELETE, BUCKET, query("tagging"), "s3:PutBucketTagging", NONE),
  GET_BUCKET_VERSIONING(
      "GetBucketVersioning", GET, BUCKET, query("versioning"), "s3:GetBucketVersioning", NONE),
  PUT_BUCKET_VERSIONING(
      "PutBucketVersioning", PUT, BUCKET, query("versioning"), "s3:PutBucketVersioning", XML),
  GET_BUCKET_WEBSITE(
      "GetBucketWebsite", GET, BUCKET, query("website"), "s3:GetBucketWebsite", NONE),
  PUT_BUCKET_WEBSITE("PutBucketWebsite", PUT, BUCKET, query("website"), "s3:PutBucketWebsite", XML),
  DELETE_BUCKET_WEBSITE(
      "DeleteBucketWebsite", DELETE, BUCKET, query("website"), "s3:DeleteBucketWebsite", NONE),
  GET_BUCKET_ABAC("GetBucketAbac", GET, BUCKET, query("abac"), "s3:GetBucketAbac", NONE),
  PUT_BUCKET_ABAC("PutBucketAbac", PUT, BUCKET, query("abac"), "s3:PutBucketAbac", XML),
  GET_BUCKET_ANALYTICS_CONFIGURATION(
      "GetBucketAnalyticsConfiguration",
      GET,
      BUCKET,
      query("analytics", "id"),
      "s3:GetAnalyticsConfiguration",
      NONE),
  LIST_BUCKET_ANALYTICS_CONFIGURATIONS(
      "ListBucketAnalyticsConfigurations",
      GET,
      BUCKET,
      query("analytics"),
      "s3:GetAnalyticsConfiguration",
      NONE),
  PUT_BUCKET_ANALYTICS_CONFIGURATION(
      "PutBucketAnalyticsConfiguration",
      PUT,
      BUCKET,
      query("analytics", "id"),
      "s3:PutAnalyticsConfiguration",
      XML),
  DELETE_BUCKET_ANALYTICS_CONFIGURATION(
      "DeleteBucketAnalyticsConfiguration",
      DELETE,
      BUCKET,
      query("analytics", "id"),
      "s3:PutAnalyticsConfiguration",
      NONE),
  GET_BUCKET_INTELLIGENT_TIERING_CONFIGURATION(
      "GetBucketIntelligentTieringConfiguration",
      GET,
      BUCKET,
      query("intelligent-tiering", "id"),
      "s3:GetIntelligentTieringConfiguration",
      NONE),
  LIST_BUCKET_INTELLIGENT_TIERING_CONFIGURATIONS(
      "ListBucketIntelligentTieringConfigurations",
      GET,
      BUCKET,
      query("intelligent-tiering"),
      "s3:GetIntelligentTieringConfiguration",
      NONE),
  PUT_BUCKET_INTELLIGENT_TIERING_CONFIGURATION(
      "PutBucketIntelligentTieringConfiguration",
      PUT,
      BUCKET,
      query("intelligent-tiering", "id"),
      "s3:PutIntelligentTieringConfiguration",
      XML),
  DELETE_BUCKET_INTELLIGENT_TIERING_CONFIGURATION(
      "DeleteBucketIntelligentTieringConfiguration",
      DELETE,
      BUCKET,
      query("intelligent-tiering", "id"),
      "s3:PutIntelligentTieringConfiguration",
      NONE),
  GET_BUCKET_INVENTORY_CONFIGURATION(
      "GetBucketInventoryConfiguration",
      GET,
      BUCKET,
      query("inventory", "id"),
      "s3:GetInventoryConfiguration",
      NONE),
  LIST_BUCKET_INVENTORY_CONFIGURATIONS(
      "ListBucketInventoryConfigurations",
      GET,
      BUCKET,
      query("inventory"),
      "s3:GetInventoryConfiguration",
      NONE),
  PUT_BUCKET_INVENTORY_CONFIGURATION(
      "PutBucketInventoryConfiguration",
      PUT,
      BUCKET,
      query("inventory", "id"),
      "s3:PutInventoryConfiguration",
      XML),
  DELETE_BUCKET_INVENTORY_CONFIGURATION(
      "DeleteBucketInventoryConfiguration",
      DELETE,
      BUCKET,
      query("inventory", "id"),
      "s3:PutInventoryConfiguration",
      NONE),
  GET_BUCKET_METRICS_CONFIGURATION(
      "GetBucketMetricsConfiguration",
      GET,
      BUCKET,
      query("metrics", "id"),
      "s3:GetMetricsConfiguration",
      NONE),
  LIST_BUCKET_METRICS_CONFIGURATIONS(
      "ListBucketMetricsConfigurations",
      GET,
      BUCKET,
      query("metrics"),
      "s3:GetMetricsConfiguration",
      NONE),
  PUT_BUCKET_METRICS_CONFIGURATION(
      "PutBucketMetricsConfiguration",
      PUT,
      BUCKET,
      query("metrics", "id"),
      "s3:PutMetricsConfiguration",
      XML),
  DELETE_BUCKET_METRICS_CONFIGURATION(
      "DeleteBucketMetricsConfiguration",
      DELETE,
      BUCKET,
      query("metrics", "id"),
      "s3:PutMetricsConfiguration",
      NONE),
  CREATE_BUCKET_METADATA_CONFIGURATION(
      "CreateBucketMetadataConfiguration",
      POST,
      BUCKET,
      query("metadataConfiguration"),
      "s3:CreateBucketMetadataTableConfiguration",
      XML),
  GET_BUCKET_METADATA_CONFIGURATION(
      "GetBucketMetadataConfiguration",
      GET,
      BUCKET,
      query("metadataConfiguration"),
      "s3:GetBucketMetadataTableConfiguration",
      NONE),
  DELETE_BUCKET_METADATA_CONFIGURATION(
      "DeleteBucketMetadataConfiguration",
      DELETE,
      BUCKET,
      query("metadataConfiguration"),
      "s3:DeleteBucketMetadataTableConfiguration",
      NONE),
  CREATE_BUCKET_METADATA_TABLE_CONFIGURATION(
      "CreateBucketMetadataTableConfiguration",
      POST,
      BUCKET,
      query("metadataTable"),
      "s3:CreateBucketMetadataTableConfiguration",
      XML),
  GET_BUCKET_METADATA_TABLE_CONFIGURATION(
      "GetBucketMetadataTableConfiguration",
      GET,
      BUCKET,
      query("metadataTable"),
      "s3:GetBucketMetadataTableConfiguration",
      NONE),
  DELETE_BUCKET_METADATA_TABLE_CONFIGURATION(
      "DeleteBucketMetadataTableConfiguration",
      DELETE,
      BUCKET,
      query("metadataTable"),
      "s3:DeleteBucketMetadataTableConfiguration",
      NONE),
  UPDATE_BUCKET_METADATA_INVENTORY_TABLE_CONFIGURATION(
      "UpdateBucketMetadataInventoryTableConfiguration",
      PUT,
      BUCKET,
      query("metadataInventoryTable"),
      "s3:UpdateBucketMetadataInventoryTableConfiguration",
      XML),
  UPDATE_BUCKET_METADATA_JOURNAL_TABLE_CONFIGURATION(
      "UpdateBucketMetadataJournalTableConfiguration",
      PUT,
      BUCKET,
      query("metadataJournalTable"),
      "s3:UpdateBucketMetadataJournalTableConfiguration",
      XML),
  WRITE_GET_OBJECT_RESPONSE(
      "WriteGetObjectResponse",
      POST,
      BUCKET,
      noQuery(),
      header("x-amz-request-route"),
      "s3-object-lambda:WriteGetObjectResponse",
      STREAM),
  OPTIONS_BUCKET("OptionsBucket", OPTIONS, BUCKET, noQuery(), "", NONE),
  PUT_OBJECT("PutObject", PUT, OBJECT, noQuery(), "s3:PutObject", STREAM),
  GET_OBJECT("GetObject", GET, OBJECT, noQuery(), "s3:GetObject", NONE),
  HEAD_OBJECT("HeadObject", HEAD, OBJECT, noQuery(), "s3:GetObject", NONE),
  DELETE_OBJECT("DeleteObject", DELETE, OBJECT, noQuery(), "s3:DeleteObject", NONE),
  COPY_OBJECT(
      "CopyObject", PUT, OBJECT, noQuery(), header("x-amz-copy-source"), "s3:PutObject", NONE),
  GET_OBJECT_ATTRIBUTES(
      "GetObjectAttributes", GET, OBJECT, query("attributes"), "s3:GetObjectAttributes", NONE),
  CREATE_MULTIPART_UPLOAD(
      "CreateMultipartUpload", POST, OBJECT, query("uploads"), "s3:PutObject", NONE),
  UPLOAD_PART("UploadPart", PUT, OBJECT, query("uploadId", "partNumber"), "s3:PutObject", STREAM),
  UPLOAD_PART_COPY(
      "UploadPartCopy",
      PUT,
      OBJECT,
      query("uploadId", "partNumber"),
      header("x-amz-copy-source"),
      "s3:PutObject",
      NONE),
  COMPLETE_MULTIPART_UPLOAD(
      "CompleteMultipartUpload", POST, OBJECT, query("uploadId"), "s3:PutObject", LARGE_XML),
  ABORT_MULTIPART_UPLOAD(
      "AbortMultipartUpload", DELETE, OBJECT, query("uploadId"), "s3:AbortMultipartUpload", NONE),
  LIST_PARTS("ListParts", GET, OBJECT, query("uploadId"), "s3:ListMultipartUploadParts", NONE),
  GET_OBJECT_ACL("GetObjectAcl", GET, OBJECT, query("acl"), "s3:GetObjectAcl", NONE),
  PUT_OBJECT_ACL("PutObjectAcl", PUT, OBJECT, query("acl"), "s3:PutObjectAcl", XML),
  GET_OBJECT_TAGGING(
      "GetObjectTagging", GET, OBJECT, query("tagging"), "s3:GetObjectTagging", NONE),
  PUT_OBJECT_TAGGING("PutObjectTagging", PUT, OBJECT, query("tagging"), "s3:PutObjectTagging", XML),
  DELETE_OBJECT_TAGGING(
      "DeleteObjectTagging", DELETE, OBJECT, query("tagging"), "s3:DeleteObjectTagging", NONE),
  GET_OBJECT_LEGAL_HOLD(
      "GetObjectLegalHold", GET, OBJECT, query("legal-hold"), "s3:GetObjectLegalHold", NONE),
  PUT_OBJECT_LEGAL_HOLD(
      "PutObjectLegalHold", PUT, OBJECT, query("legal-hold"), "s3:PutObjectLegalHold", XML),
  GET_OBJECT_RETENTION(
      "GetObjectRetention", GET, OBJECT, query("retention"), "s3:GetObjectRetention", NONE),
  PUT_OBJECT_RETENTION(
      "PutObjectRetention", PUT, OBJECT, query("retention"), "s3:PutObjectRetention", XML),
  GET_OBJECT_TORRENT(
      "GetObjectTorrent", GET, OBJECT, query("torrent"), "s3:GetObjectTorrent", NONE),
  RENAME_OBJECT(
      "RenameObject", PUT, OBJECT, query("renameObject"), "s3express:CreateSession", NONE),
  RESTORE_OBJECT("RestoreObject", POST, OBJECT, query("restore"), "s3:RestoreObject", XML),
  SELECT_OBJECT_CONTENT(
      "SelectObjectContent", POST, OBJECT, query("select", "select-type=2"), "s3:GetObject", XML),
  UPDATE_OBJECT_ENCRYPTION(
      "UpdateObjectEncryption", PUT, OBJECT, query("encryption"), "s3:UpdateObjectEncryption", XML),
  OPTIONS_OBJECT("OptionsObject", OPTIONS, OBJECT, noQuery(), "", NONE);

  private final String awsName;
  private final S3Method method;
  private final ResourceLevel level;

  // Deeply immutable: a record over List.of(...), which the checker cannot see.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Discriminator discriminator;

  private final String iamAction;
  private final BodyTreatment body;

  S3Operation(
      String awsName,
      S3Method method,
      ResourceLevel level,
      Discriminator query,
      String iamAction,
      BodyTreatment body) {
    this(awsName, method, level, query, null, iamAction, body);
  }

  S3Operation(
      String awsName,
      S3Method method,
      ResourceLevel level,
      Discriminator query,
      @Nullable String header,
      String iamAction,
      BodyTreatment body) {
    this.awsName = awsName;
    this.method = method;
    this.level = level;
    this.discriminator = query.withHeader(header);
    this.iamAction = iamAction;
    this.body = body;
  }

  private static Discriminator query(String... conditions) {
    return Discriminator.of(conditions);
  }

  private static Discriminator noQuery() {
    return Discriminator.NOTHING;
  }

  private static String header(String name) {
    return name;
  }

  /** The name as AWS spells it, such as {@code ListObjectsV2}. */
  public String awsName() {
    return awsName;
  }

  public S3Method method() {
    return method;
  }

  public ResourceLevel level() {
    return level;
  }

  /** What selects this row among those of the same method and level. */
  public Discriminator discriminator() {
    return discriminator;
  }

  /** The action a policy must allow; empty for a preflight request, which needs none. */
  public String iamAction() {
    return iamAction;
  }

  public BodyTreatment body() {
    return body;
  }

  /** The operation of that name, or null. */
  public static @Nullable S3Operation named(String awsName) {
    for (S3Operation operation : values()) {
      if (operation.awsName.equals(awsName)) {
        return operation;
      }
    }
    return null;
  }
}
