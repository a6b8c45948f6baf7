"""Rules on what protects infrastructure: guards against deletion, backups and retention, and how much may be done by whom.

What must stay true: both sides are compared, a narrower wildcard or a longer retention is no finding; a block that went
and came back elsewhere in the change is none either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.owners_of import same_owner, same_part
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import C, H, News, line_parts, other_side, rule, settled

_LOSS: Final = "takes away what keeps data from being lost"
_WHERE: Final = "-prose -test -example -lock"

# Keys that protect when they are true; `off` is how they stop.
_PROTECTS: Final = (
    r"(?:deletion_?protection(?:_enabled)?|enable_?deletion_?protection|termination_?protection"
    r"|enable_?termination_?protection|disable_api_(?:termination|stop)|prevent_?destroy"
    r"|purge_?protection(?:_enabled)?|soft_?delete(?:_enabled)?|delete_?lock"
    r"|point_?in_?time_?recovery(?:_enabled|_specification)?|pitr(?:_enabled)?|enable_?point_?in_?time_?recovery"
    r"|backup(?:s)?(?:_enabled|Enabled|\.enabled)?|enable_?backups?|automated_?backups?|automatic_?backups?"
    r"|snapshot(?:s)?_?enabled|enable_?snapshots?|versioning(?:_enabled|Enabled|\.enabled)?"
    r"|object_?lock(?:_enabled|Enabled)?|mfa_?delete|retain(?:_?on_?delete|OnDelete)?|protect(?:ed)?|keep"
    r"|enable_?key_?rotation|copy_?tags_?to_?snapshot|binary_log_enabled|transaction_log_retention|wal_archiv\w*"
    r"|archiv(?:e_mode|ing_enabled)|appendonly|fsync|full_page_writes|synchronous_commit|continuous_?backups?"
    r"|cloud_backup|provider_backup_enabled|pit_enabled|geo_redundant_backup_enabled|replication_?enabled"
    r"|blob_soft_delete|restore_policy|litestream_?enabled|auto_?backup)"
)
_OFF: Final = r"(?:false|no|off|0|disabled?|none|null|suspended|[\"'](?:false|no|off|disabled|suspended)[\"'])"

GUARDS: Final = (
    rule("guard-off", "infra-guard-removed", C,
        "deletion deletionprotection deletion_protection termination terminationprotection prevent_destroy "
        "preventdestroy purge point pitr backup backups snapshot versioning lock mfa retain protect "
        "protected archive appendonly fsync deletion_protection_enabled pointintimerecovery soft enable "
        "disable_api_termination disable_api_stop objectlock binary synchronous continuous archiving "
        "retainondelete keep wal automated automatic replication provider suspended pit restore_policy "
        "full_page_writes transaction_log_retention recovery protection transaction destroy",
         rf"(?:^|[\s\"'{{,.(-]|\b[a-z0-9]+[_.-]){_PROTECTS}[\"']?\s*(?:=>|[:=])\s*{_OFF}(?=[\s,;}})\"']|$)", f"switches off a protection: {_LOSS}", where=_WHERE + " -development -locale", unless=r"cookie|csrf|mode|readonly|window|npm|jest|debug|autosave|editor|github|branch|keepalive|branch_protection",
         check=lambda file, line, found: bool(file.facets.language in ("terraform", "yaml", "json", "jsonc", "toml", "ini", "javascript", "python", "go", "csharp", "java", "kotlin", "markup", "docker", "shell", ""))
         and (not re.search(r"(?:^|[\s\"'{,.(-])(?:protect(?:ed)?|keep|retain|backups?|versioning|lock|snapshots?)[\"']?\s*[:=]", found[0], re.IGNORECASE) or bool(re.search(
             r"infra|terraform|deploy|k8s|kube|helm|chart|pulumi|cdk|stack|cluster|prod|cloud|storage|database"
             r"|\bdb\b|bucket|postgres|mysql|redis|values|ansible|ops|\.tf",
             file.path + " " + "\n".join(x.text for x in file.around(line, 8, 3)), re.IGNORECASE)))),
    rule("guard-nested-off", "infra-guard-removed", C,
        "enabled status state suspend suspended active",
        r"^\s*[\"']?(?:enabled|status|state|suspend|active)[\"']?\s*[:=]\s*[\"']?(?:false|suspended|disabled|off"
        r"|no)\b|^\s*suspend\s*:\s*true",
        f"switches off a protection: {_LOSS}", where=_WHERE + " -development -locale",
         check=lambda file, line, found: any(re.search(
             r"\b(?:backup\w*|versioning\w*|point_?in_?time\w*|pitr|retention\w*|snapshot\w*|soft_?delete\w*"
             r"|delete_retention\w*|object_?lock\w*|velero\w*|schedule_?backup\w*|persistence"
             r"|replication_?configuration|wal\w*|archiv\w*|pointInTimeRecovery\w*|purge_?protection"
             r"|disaster_?recovery)\b",
             above.text, re.IGNORECASE) for above in file.parents(line)) or bool("suspend" in found[0].lower() and re.search(r"backup|snapshot|dump", "\n".join(x.text for x in file.lines), re.IGNORECASE))),
    rule("destroy-on", "infra-guard-removed", C,
        "skip_final_snapshot skipfinalsnapshot force_destroy forcedestroy delete_automated_backups "
        "deleteautomatedbackups removalpolicy autodeleteobjects deletionpolicy deletion_policy "
        "updatereplacepolicy persistentvolumereclaimpolicy reclaimpolicy force_delete forcedelete "
        "delete_on_termination deleteontermination prune purge emptyondelete force_destroy_bucket "
        "delete_contents_on_destroy deletecontents applyremovalpolicy whendeleted whenscaled skip "
        "final_snapshot_identifier nodeletion deletion force_delete_repository recovery_window_in_days "
        "recovery reclaim_policy",
         r"\bskip_?final_?snapshot[\"']?\s*[:=]\s*[\"']?true"
         r"|\bforce_?(?:destroy|delete)(?:_\w{1,20})?[\"']?\s*[:=]\s*[\"']?true"
         r"|\bdelete_?automated_?backups[\"']?\s*[:=]\s*[\"']?true|RemovalPolicy\.DESTROY"
         r"|removal_policy\s*=\s*(?:cdk\.)?RemovalPolicy\.DESTROY|\bauto_?delete_?objects[\"']?\s*[:=]\s*[\"']?true"
         r"|(?:Deletion|UpdateReplace)Policy[\"']?\s*:\s*[\"']?Delete\b"
         r"|deletion_?policy[\"']?\s*[:=]\s*[\"']?(?:DELETE|ABANDON)\b"
         r"|(?:persistentVolume)?[rR]eclaimPolicy[\"']?\s*:\s*[\"']?(?:Delete|Recycle)\b"
         r"|reclaim_policy\s*=\s*\"Delete\"|delete_contents_on_destroy\s*=\s*true|\bemptyOnDelete\s*:\s*true"
         r"|when(?:Deleted|Scaled)\s*:\s*Delete|recovery_?window_?in_?days[\"']?\s*[:=]\s*[\"']?0\b",
         f"lets data go with the resource: {_LOSS}", where=_WHERE + " -development"),
    rule("retention-zero", "infra-guard-removed", C,
        "retention retentionperiod backup_retention_period backupretentionperiod retention_days "
        "retentiondays backupretention minavailable maxunavailable snapshotretentionlimit keep days "
        "min_available max_unavailable",
         r"\b(?:backup_?|snapshot_?|automated_?snapshot_?|preferred_?)retention(?:_?(?:period|days|limit"
         r"|in_days))?[\"']?\s*[:=]\s*[\"']?(?:0|1)\b|BackupRetentionPeriod[\"']?\s*[:=]\s*[\"']?(?:0|1)\b"
         r"|(?:backupRetention|backup_retention)\w{0,20}\s*[:=]\s*(?:cdk\.)?Duration\.days\(\s*[01]\s*\)"
         r"|snapshot_?retention_?limit[\"']?\s*[:=]\s*[\"']?0\b|^\s*minAvailable\s*:\s*[\"']?0%?[\"']?\s*$"
         r"|^\s*maxUnavailable\s*:\s*[\"']?100%|min_available\s*=\s*[\"']?0\b|max_unavailable\s*=\s*\"100%\""
         r"|soft_delete_retention_days\s*=\s*[0-7]\b",
         f"keeps nothing to go back to: {_LOSS}", where=_WHERE + " -development"),
)  # fmt: skip

_GONE: Final = re.compile(
    rf"(?:^|[\s\"'{{,.(]|\b[a-z0-9]+[_.-]){_PROTECTS}[\"']?\s*(?:=>|[:=])\s*[\"']?(?:true|yes|on|1|enabled)\b"
    r"|\bRemovalPolicy\.(?:RETAIN|SNAPSHOT)|(?:Deletion|UpdateReplace)Policy[\"']?\s*:\s*[\"']?(?:Retain|Snapshot)"
    r"|[rR]eclaim_?[pP]olicy[\"']?\s*[:=]\s*[\"']?Retain|helm\.sh/resource-policy[\"']?\s*:\s*[\"']?keep"
    r"|\bprevent_destroy\s*=\s*true|retain_on_delete|\bprotect\s*[:=]\s*true"
    r"|skip_?final_?snapshot[\"']?\s*[:=]\s*[\"']?false|force_destroy\s*=\s*false|final_snapshot_identifier\s*="
    r"|^\s*resource\s+\"(?:aws_backup_\w+|aws_db_snapshot\w*|aws_dlm_lifecycle_policy|azurerm_management_lock"
    r"|azurerm_backup_\w+|google_\w*backup\w*|google_compute_resource_policy|google_resource_manager_lien"
    r"|aws_s3_bucket_versioning|aws_s3_bucket_object_lock_configuration|aws_s3_bucket_replication_configuration"
    r"|kubernetes_pod_disruption_budget\w*|digitalocean_\w*snapshot|velero_\w+)\""
    r"|^\s*kind\s*:\s*(?:PodDisruptionBudget|VolumeSnapshot\w*|ScheduledBackup|Backup|BackupSchedule|Schedule)\b"
    r"|^\s*finalizers\s*:|kubernetes\.io/(?:pvc|pv)-protection"
    r"|argocd\.argoproj\.io/sync-options\s*:\s*(?:Prune|Delete)=false"
    r"|\bbackup(?:RetentionPeriod|_retention_period|Retention)[\"']?\s*[:=]|\bpoint_in_time_recovery\s*\{"
    r"|\bbackup_configuration\s*\{|\bversioning\s*\{|\blifecycle_rule\s*\{\s*#?\s*retain|backup_?window"
    r"|\bmyTermination",
    re.IGNORECASE,
)
_BACKUP_RUN: Final = re.compile(
    r"^[^\n#]{0,160}?\b(?:pg_dump(?:all)?|mysqldump|mongodump|pg_basebackup|wal-g|wal-push|pgbackrest|barman"
    r"|restic\s+backup|borg\s+create|velero\s+(?:backup|schedule)|rman|xtrabackup|litestream"
    r"|etcdctl\s+snapshot\s+save|rds\s+create-db-snapshot|sqlite3\s[^\n]{0,60}\.backup"
    r"|redis-cli\s+(?:bgsave|save))\b|^\s{0,60}image:\s*\S{0,60}(?:backup|wal-g|pgbackrest|restic|velero)",
    re.IGNORECASE)
_SPARES: Final = frozenset(
        "deletion protection termination prevent destroy purge soft lock point recovery pitr backup backups "
        "snapshot snapshots versioning object mfa retain protect keep rotation archive archiving appendonly fsync "
        "policy reclaim "
        "resource kind finalizers finalizer sync prune removal removalpolicy pg_dump pg_dumpall mysqldump "
        "mongodump pg_basebackup wal pgbackrest barman restic borg velero rman xtrabackup litestream etcdctl "
        "bgsave save image "
        "retention expiration expiry history days min minavailable available deletionprotection enable enabled "
        "continuous skip force final disable dump lifecycle copies weeks preventdestroy forcedestroy "
        "retainondelete deletionpolicy" .split()
)
_NUMBER: Final = re.compile(
    r"\b((?:\w*_)?(?:backup|snapshot|log|retention|retain|recovery|deletion|soft_?delete|keep|min_?available|history"
    r"|expir\w+|point_in_time)\w*(?:retention|days|period|window|limit|in_days|hours|count|available|copies|weeks"
    r"|daily|weekly|monthly|yearly|last|backups|snapshots)?\w*|keep-?(?:daily|weekly|monthly|last|hourly|yearly)"
    r"|minAvailable|retention(?:Policy|Days|Period|InDays)?"
    r"|retained_?backups)[\"']?\s*[:= (]\s*(?:\w+\.)?(?:Duration\.days\()?[\"']?(\d{1,6})(%|[smhdwy]|days)?\b",
    re.IGNORECASE,
)  # fmt: skip
_KEEPS: Final = re.compile(r"backup|snapshot|retention|retain|recovery|deletion_?window|soft_?delete|keep|min_?available|point_in_time", re.IGNORECASE)

_DENIES: Final = re.compile(r"[\"']?[eE]ffect[\"']?\s*[:=]\s*[\"']?Deny|Effect\.DENY|not_principals|\bdeny\b")


def _denied(file: Subject, line: Line) -> bool:
    """Whether the statement that a wildcard stands in denies: its own lines, not those of the next one."""
    if _DENIES.search(line.code):
        return True
    above = next(file.parents(line), None)
    listed = above is not None and re.search(r"[\w\"']\s*[:=]\s*\[?\s*$", above.code)
    depth = above.indent if listed and above is not None else line.indent
    first = line.code if not listed or above is None else above.code
    near = file.around(line, 10, 10)
    at = next(index for index, each in enumerate(near) if each.at == line.at)
    for step in (-1, 1):
        begun = step == -1 and first.lstrip().startswith("- ")
        index = at + step
        while 0 <= index < len(near) and near[index].code.strip() and not begun:
            each = near[index]
            head = each.code.lstrip().startswith("- ") and each.indent < depth
            if (each.indent < depth and not head) or (head and step == 1):
                break
            if _DENIES.search(each.code):
                return True
            begun = head
            index += step
    return False


_WIDE: Final = "grants more than one job needs"

PRIVILEGE: Final = (
    rule("iam-wildcard", "privilege-widening", H,
        "action actions resource principal notaction administratoraccess poweruseraccess iamfullaccess "
        "fullaccess roles owner editor admin identifiers notresource principals managed_policy_arns "
        "addtorolepolicy grant member members allusers allauthenticatedusers policy arn effect "
        "addmanagedpolicy fromawsmanagedpolicyname role_definition_name full ecr contributor dynamodb sts "
        "secretsmanager rds ssm sqs organizations sns secretsmanagerreadwrite poweruser kms lambda power "
        "iam ec2 logs",
         r"[\"']?\b(?:Not)?[aA]ctions?[\"']?\s*(?:=>|[:=])\s*\[?\s*[\"'](?:\*|[a-z0-9-]{2,30}:\*)[\"']"
         r"|^\s*-\s*[\"']?(?:\*|(?:iam|s3|ec2|sts|kms|lambda|dynamodb|secretsmanager|rds|ssm|organizations|eks|ecr"
         r"|sqs|sns|logs):\*)[\"']?\s*$|^\s*[\"'](?:\*|(?:iam|s3|ec2|sts|kms|lambda|dynamodb|secretsmanager|rds|ssm"
         r"|organizations|eks|ecr|sqs|sns):\*)[\"']\s*,?\s*$"
         r"|\b(?:Administrator|PowerUser|IAMFull|AmazonS3Full|AmazonEC2Full|AmazonRDSFull|AmazonDynamoDBFull"
         r"|SecretsManagerReadWrite)\w*(?:Access)?\b(?<!Administrator)|\b\w{3,30}FullAccess\b"
         r"|\bPrincipals?[\"']?\s*[:=]\s*(?:\{\s*)?(?:[\"']?AWS[\"']?\s*[:=]\s*)?\[?\s*[\"']\*[\"']"
         r"|\bidentifiers\s*=\s*\[\s*\"\*\"|AnyPrincipal\s*\(|StarPrincipal\s*\("
         r"|roles/(?:owner|editor|iam\.securityAdmin|iam\.serviceAccountTokenCreator|iam\.serviceAccountUser"
         r"|storage\.admin|resourcemanager\.\w+Admin|\w+\.admin)\b|\ballUsers\b|\ballAuthenticatedUsers\b"
         r"|role_definition_name\s*=\s*\"(?:Owner|Contributor|User Access Administrator)\""
         r"|--role[= ][\"']?(?:Owner|Contributor|roles/owner|roles/editor)|\"NotAction\"\s*:",
         f"{_WIDE}: everything, or everyone", where=_WHERE, unless=r"\bDeny\b|cloudwatch:\*\"\s*,?\s*#\s*metric", check=lambda file, line, found: not _denied(file, line) and (not re.search(r"cors|origin|allowed_?headers|branches|paths|tags\s*:", "\n".join(x.text for x in file.around(line, 3, 0)), re.IGNORECASE) or "Action" in found[0])),
    rule("iam-resource", "privilege-widening", H, "resource resources", r"[\"']?\b[rR]esources?[\"']?\s*(?:=>|[:=])\s*\[?\s*[\"']\*[\"']", f"{_WIDE}: on everything", where=_WHERE, was=r"[rR]esources?[\"']?\s*(?:=>|[:=])", check=lambda file, line, found: not _denied(file, line)),
    rule("iam-new-wildcard", "privilege-widening", H, "resource resources", r"[\"']?\bResources?[\"']?\s*(?:=>|[:=])\s*\[?\s*[\"']\*[\"']", f"{_WIDE}: on everything", where=_WHERE, near=
        r"iam:(?:PassRole|Create\w*|Attach\w*|Put\w*)|sts:AssumeRole|kms:Decrypt|secretsmanager:GetSecretValue"
        r"|s3:(?:Put|Delete)\w*|ssm:GetParameter|lambda:(?:Invoke|Update)\w*|ec2:(?:Run|Terminate)\w*",
        reach=5, check=lambda file, line, found: not _denied(file, line)),
    rule("cluster-role", "privilege-widening", H, "verbs resources apigroups cluster escalate impersonate system masters nonresourceurls serviceaccountname",
         r"\bverbs\s*[:=]\s*\[\s*[\"']\*[\"']|\bresources\s*:\s*\[\s*[\"']\*[\"']"
         r"|\bapiGroups\s*:\s*\[\s*[\"']\*[\"']|\bcluster-admin\b|\bsystem:masters\b"
         r"|\bverbs\s*:\s*\[[^\]\n]{0,120}[\"'](?:escalate|impersonate|bind)[\"']"
         r"|system:(?:anonymous|unauthenticated)|name:\s*system:(?:authenticated)\b"
         r"|\bnonResourceURLs\s*:\s*\[\s*[\"']\*|serviceAccountName:\s*[\"']?(?:admin|cluster-admin)",
         f"{_WIDE} in the cluster", where=_WHERE),
    rule("cluster-role-list", "privilege-widening", H, "*", r"^\s*-\s*[\"']\*[\"']\s*$", f"{_WIDE} in the cluster", where=_WHERE, languages="yaml", check=lambda file, line, found: any(re.match(r"\s*-?\s*(?:verbs|resources|apiGroups|Action|Actions|NotAction|Principal|AWS)\s*:", above.text) for above in [*file.parents(line), *file.around(line, 4, 0)[:-1]]) and not _denied(file, line)),
    rule("cluster-verbs", "privilege-widening", H, "verbs secrets exec", r"\bverbs\s*:\s*\[[^\]\n]{0,160}\b(?:create|update|patch|delete|deletecollection)\b", f"{_WIDE} in the cluster: it may change what it could only read", where=_WHERE, was=r"\bverbs\s*:\s*\[(?![^\]\n]{0,160}\b(?:create|update|patch|delete)\b)"),
    rule("cluster-secrets", "privilege-widening", H, "resources secrets exec", r"\bresources\s*:\s*\[[^\]\n]{0,160}(?:secrets|pods/exec)\b", f"{_WIDE} in the cluster: it may read secrets or enter containers", where=_WHERE, was=r"\bresources\s*:\s*\[(?![^\]\n]{0,160}(?:secrets|pods/exec)\b)"),
    rule("world-ingress", "privilege-widening", H,
        "0.0.0.0 ::/0 source_address_prefix source_ranges internet any publicly_accessible "
        "publiclyaccessible public_network_access public_network_access_enabled anyipv4 peer allow "
        "authorized_networks ipranges endpoint_public_access enable_private_nodes iptables",
         r"(?:0\.0\.0\.0/0|::/0)|source_address_prefix(?:es)?\s*=\s*\[?\s*\"(?:\*|Internet|Any)\""
         r"|\bpublicly_?accessible[\"']?\s*[:=]\s*[\"']?true"
         r"|public_?network_?access(?:_enabled)?[\"']?\s*[:=]\s*[\"']?(?:true|enabled)|Peer\.any(?:Ipv[46])?\(\)"
         r"|allowFromAnyIpv4|allow_from_any_ipv4|associate_public_ip_address\s*=\s*true"
         r"|endpoint_public_access\s*=\s*true|enable_private_nodes\s*=\s*false"
         r"|\bufw\s+(?:default\s+)?allow\b(?!\s+(?:out|80|443|http|https|OpenSSH|ssh))"
         r"|iptables\s+-P\s+(?:INPUT|FORWARD)\s+ACCEPT|ipRanges[\"']?\s*:\s*\[?\s*[\"']0\.0\.0\.0",
         f"{_WIDE}: lets the whole world in", where=_WHERE, check=lambda file, line, found: not _outward(file, line)),
    rule("public-bucket", "privilege-widening", H,
        "acl public publicread blockpublicacls block_public_acls block_public_policy restrict_public_buckets "
        "ignore_public_acls publicreadaccess allow_blob_public_access container_access_type "
        "public_access_prevention grantpublicaccess blockpublicaccess uniform_bucket_level_access "
        "blockpublicpolicy canned allow_nested_items_to_be_public public_access_block restrictpublicbuckets "
        "ignorepublicacls makepublic anonymous",
         r"\bacl[\"']?\s*[:=]\s*[\"']public-read(?:-write)?[\"']|AccessControl[\"']?\s*:\s*[\"']?PublicRead\w*"
         r"|\b(?:block_public_(?:acls|policy)|restrict_public_buckets|ignore_public_acls|BlockPublicAcls"
         r"|BlockPublicPolicy|RestrictPublicBuckets|IgnorePublicAcls)[\"']?\s*[:=]\s*[\"']?false"
         r"|publicReadAccess\s*[:=]\s*true|allow_(?:blob_public_access|nested_items_to_be_public)\s*=\s*true"
         r"|container_access_type\s*=\s*\"(?:blob|container)\"|public_access_prevention\s*=\s*\"inherited\""
         r"|\.grantPublicAccess\s*\(|--acl\s+public-read|PublicReadWrite\b|mc\s+anonymous\s+set"
         r"|ACL\s*[:=]\s*[\"']public-read|predefinedAcl\s*[:=]\s*[\"']publicRead|\.makePublic\s*\(",
         f"{_WIDE}: anyone may read what is stored", where=_WHERE),
    rule("container-privilege", "privilege-widening", H,
        "privileged hostnetwork hostpid hostipc runasuser runasnonroot allowprivilegeescalation "
        "readonlyrootfilesystem capabilities cap_add cap add sys_admin net_admin sys_ptrace docker "
        "docker.sock sock hostpath seccomp apparmor unconfined userns pid network host ipc security_opt "
        "procmount all privileged_without_host_devices label run_as_user automountserviceaccounttoken "
        "devices usernsmode runas device sys_rawio dac_read_search systempaths sys_module",
         r"\bprivileged[\"']?\s*[:=]\s*[\"']?(?:true|yes)|--privileged\b|\bhost(?:Network|PID|IPC)[\"']?\s*:\s*true"
         r"|\brunAsUser[\"']?\s*[:=]\s*0\b|\brunAsNonRoot[\"']?\s*[:=]\s*false"
         r"|allowPrivilegeEscalation[\"']?\s*[:=]\s*true|readOnlyRootFilesystem[\"']?\s*[:=]\s*false"
         r"|\b(?:add|cap_add|capAdd)[\"']?\s*[:=]\s*\[[^\]\n]{0,100}\b(?:ALL|SYS_ADMIN|NET_ADMIN|SYS_PTRACE"
         r"|SYS_MODULE|DAC_\w+|SETUID|NET_RAW|SYS_RAWIO|BPF|CAP_SYS_ADMIN)\b"
         r"|^\s*-\s*[\"']?(?:CAP_)?(?:ALL|SYS_ADMIN|NET_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_READ_SEARCH"
         r"|SYS_RAWIO)[\"']?\s*$|--cap-add[= ](?:ALL|SYS_ADMIN|NET_ADMIN|SYS_PTRACE|SYS_MODULE)"
         r"|/var/run/docker\.sock|/run/(?:docker|containerd/containerd|podman/podman)\.sock"
         r"|(?:seccomp|apparmor|label|systempaths)[=:](?:unconfined|disable)|seccompProfile[\s\S]{0,30}Unconfined"
         r"|--(?:pid|ipc|userns|network|net|uts)[= ]host\b|\b(?:pid|ipc|userns_mode|network_mode"
         r"|usernsMode)\s*:\s*[\"']?host\b|procMount\s*:\s*Unmasked"
         r"|hostPath\s*:\s*\{?\s*path\s*:\s*[\"']?/(?:[\"'\s}]|$|etc|root|var/run|var/lib/kubelet|proc|sys)"
         r"|--device[= ]/dev/(?:mem|kmem|sd)",
         f"{_WIDE}: the container reaches its host", where=_WHERE, check=lambda file, line, found: "drop" not in "".join(x.text for x in file.parents(line))[:200].lower()),
    rule("host-path", "privilege-widening", H, "path", r"^\s*path\s*:\s*[\"']?/(?:[\"'\s]|$|etc|root|proc|sys|var/run/docker|var/lib/(?:kubelet|docker))", f"{_WIDE}: the container reaches its host", where=_WHERE, languages="yaml", check=lambda file, line, found: any("hostPath" in above.text for above in [*file.parents(line), *file.around(line, 1, 0)])),
    rule("root-user", "privilege-widening", H, "user root runas", r"^\s*USER\s+(?:root|0)(?::\S+)?\s*$|\buser\s*:\s*[\"']?(?:root|0)(?::0)?[\"']?\s*$", f"{_WIDE}: runs as root", where=_WHERE, languages="docker yaml", check=lambda file, line, found: not any(re.match(r"\s*USER\s++(?!root|0\b)\S", x.text) for x in file.around(line, 0, 40)[1:])),
    rule("root-user-removed", "privilege-widening", H,
        "user runasnonroot drop runasuser allowprivilegeescalation readonlyrootfilesystem securitycontext "
        "seccompprofile no_new_privileges cap_drop read_only privileges privatetmp protectsystem",
         r"^\s*USER\s++(?!root\b|0\b)\S+|\brunAsNonRoot\s*:\s*true|\ballowPrivilegeEscalation\s*:\s*false"
         r"|\breadOnlyRootFilesystem\s*:\s*true|^\s*drop\s*:\s*\[?\s*[\"']?ALL|no-new-privileges:true"
         r"|^\s*cap_drop\s*:|^\s*seccompProfile\s*:|^\s*read_only\s*:\s*true|NoNewPrivileges\s*=\s*(?:true|yes)"
         r"|ProtectSystem\s*=\s*(?:strict|full|true)|PrivateTmp\s*=|DynamicUser\s*=|^User\s*=\s*+(?!root)\S"
         r"|permissions_boundary",
         f"{_WIDE}: takes away what kept the program from being root", side="-", where=_WHERE, languages="docker yaml ini terraform json",
         check=lambda file, line, found: not file.gone and any(x.kind == " " for x in file.lines) and not any(words(found[0])[:12] in words(x.text) and same_part(file, line, x) for x in file.added), key="part"),
    rule("world-writable", "privilege-widening", H,
        "chmod mode umask setuid setfacl setcap nopasswd fs os permissions perm file_mode usermod "
        "setwritable others_write fchmod irwxo mkdir openfile writefile mkfifo makedirs",
         r"\bchmod\b[^\n;&|]{0,40}\s(?:[0-7]?[0-7]{2}[2367]|[ugo]*a?[ugo]*\+[rxXst]*w[rwxXst]*|o\+[rx]*w|u\+s|g\+s"
         r"|\+s|[2467][0-7]{3}|a=rwx|ugo\+rwx|a\+rwx)(?=\s|$)(?!\s+/tmp)|\bumask\s+0?00[0-6]?\b"
         r"|\b(?:chmod|fchmod|Chmod|chmodSync|MkdirAll|Mkdir|WriteFile|OpenFile|mkdir|makedirs|mkfifo"
         r"|set_permissions|from_mode|setPermissions|set_mode)\s*\([^\n]{0,160}(?:0o?[0-7]?[0-7]{2}[2367]\b|S_IWOTH"
         r"|S_IRWXO|[\"']777[\"']|\b511\b)|\bmode[\"']?\s*[:=]\s*[\"']?(?:0o?"
         r"|u=rwx,g=rwx,o=)?[0-7]?[0-7]{2}[267]\b[\"']?|\bNOPASSWD\s*:\s*ALL"
         r"|\bALL\s*=\s*\(\s*ALL(?::ALL)?\s*\)\s*(?:NOPASSWD:\s*)?ALL"
         r"|\bsetcap\s+\S{0,40}(?:cap_sys_admin|cap_net_admin|cap_setuid|cap_dac)"
         r"|defaultMode\s*:\s*(?:0?[0-7]{2}[2367]\b|511\b)|OTHERS_WRITE|setWritable\s*\(\s*true\s*,\s*false"
         r"|(?<!= )(?<!=)\bos\.umask\s*\(\s*0+\s*\)|^\s*umask\s*\(\s*0+\s*\)"
         r"|\busermod\s+-aG\s+(?:sudo|wheel|docker|root)",
         f"{_WIDE}: anyone on the machine may change it, or act as root", where=_WHERE, unless=
             r"chmod\b[^\n]{0,30}\s1777\b|\"mode\"\s*:\s*\"|\bmode:\s*\"?(?:0?644|0?755|0?600)"
             r"|=\s*(?:0o?)?[0-7]{0,2}0\s*$|\s/tmp\b"),
    rule("database-grant", "privilege-widening", H,
        "grant superuser createrole alter security bypassrls public definer owner sp_addsrvrolemember "
        "replication",
        r"\bGRANT\s+ALL\b[^\n;]{0,160}|\bGRANT\s+[\w, ]{1,80}\s+ON\s+(?:\*\.\*|ALL\s+\w+\s+IN\s+SCHEMA\s+\w+)\s+TO\b"
        r"|\bGRANT\s+[\w, ()]{1,100}\sTO\s+(?:PUBLIC|anon)\b|\bWITH\s+GRANT\s+OPTION\b"
        r"|\b(?:ALTER|CREATE)\s+(?:ROLE|USER)\s[^\n;]{0,80}\b(?<!NO)(?:SUPERUSER|BYPASSRLS|CREATEROLE|REPLICATION)\b"
        r"|\bGRANT\s+(?:rds_superuser|pg_\w+|dba|db_owner|sysadmin|cloudsqlsuperuser|SYSDBA)\b"
        r"|ALTER\s+SERVER\s+ROLE\s+sysadmin|sp_addsrvrolemember|is_superuser\s*=\s*true",
        f"{_WIDE} in the database", where="-prose -test -example", unless=r"\bREVOKE\b"),
    rule("app-permissions", "privilege-widening", H,
        "permission permissions all_urls entitlement android host_permissions allow webview nativemessaging "
        "debugger uses deno scopes scope repo admin fs shell https temporary sandbox "
        "dangerousremotedomainipcaccess cloud disable webrequestblocking apple clipboardread history "
        "tabcapture declarativenetrequest management cookies all+true http+default",
         r"android\.permission\.(?:READ_SMS|SEND_SMS|RECEIVE_SMS|READ_CONTACTS|WRITE_CONTACTS|RECORD_AUDIO|CAMERA"
         r"|ACCESS_(?:FINE|BACKGROUND)_LOCATION|READ_CALL_LOG|SYSTEM_ALERT_WINDOW|REQUEST_INSTALL_PACKAGES"
         r"|MANAGE_EXTERNAL_STORAGE|BIND_ACCESSIBILITY_SERVICE|QUERY_ALL_PACKAGES|READ_PHONE_STATE|BIND_DEVICE_ADMIN"
         r"|READ_EXTERNAL_STORAGE|GET_ACCOUNTS)|[\"']<all_urls>[\"']|[\"'](?:\*|https?)://\*/\*[\"']"
         r"|^\s*[\"'](?:nativeMessaging|debugger|webRequestBlocking|cookies|history|management|proxy|clipboardRead"
         r"|tabCapture|declarativeNetRequest)[\"']\s*,?\s*$"
         r"|com\.apple\.security\.(?:cs\.(?:disable-library-validation|allow-unsigned-executable-memory"
         r"|allow-dyld-environment-variables|allow-jit|disable-executable-page-protection)"
         r"|temporary-exception[\w.-]{0,60}|get-task-allow|files\.all)"
         r"|com\.apple\.security\.app-sandbox</key>\s*<false"
         r"|\bdeno\s+(?:run|task|test)?[^\n]{0,60}(?:\s-A\b|--allow-all\b|--allow-run(?!=))"
         r"|--allow-(?:all|run|ffi|sys)(?=\s|\"|$)|[\"'](?:fs|shell|http):(?:allow-\*|default|allow-execute)[\"']"
         r"|--no-sandbox\b|\bsandbox\s*:\s*false|--disable-web-security"
         r"|scopes?[\"']?\s*[:=][^\n]{0,120}(?:\badmin:\w+|\bdelete_repo\b|cloud-platform\b|/auth/drive[\"'\s,]"
         r"|mail\.google\.com/|Directory\.ReadWrite\.All|offline_access,admin)|cloud-platform[\"']"
         r"|dangerousRemoteDomainIpcAccess|\"all\"\s*:\s*true",
         f"{_WIDE}: the program may do much more on its user's machine", where=_WHERE, check=lambda file, line, found: not re.match(r"\s*[\"'](?:native|debugger|webReq|cookies|history|management|proxy|clip|tab|decl)", found[0]) or "manifest" in file.path or any("permissions" in x.text for x in file.around(line, 8, 0)), unless=r"tools:node=\"remove\""),
    rule("network-open", "privilege-widening", H, "podselector from ingress networkpolicy", r"^\s*-\s*\{\s*\}\s*$|^\s*ingress\s*:\s*\[?\s*\{\s*\}|^\s*-?\s*from\s*:\s*\[\s*\]", f"{_WIDE}: lets every pod in", where=_WHERE, languages="yaml", check=lambda file, line, found: any("NetworkPolicy" in x.text for x in file.lines) and not any(re.match(r"\s*egress", x.text) for x in file.around(line, 2, 0))),
)  # fmt: skip

RULES: Final = (*GUARDS, *PRIVILEGE)


def _outward(file: Subject, line: Line) -> bool:
    """Whether a wide address stands in an outgoing rule, a route, a listener or a plain web port."""
    around = [*file.parents(line), *file.around(line, 7, 6)]
    text = "\n".join(each.text for each in around)
    if re.search(
        r"egress|outbound|route\b|route_table|destination|nat_"
        r"|cidr_block\s*=\s*\"0\.0\.0\.0/0\"\s*\n\s*(?:gateway|nat)|gateway_id|0\.0\.0\.0/0\s*(?:dev|via)|Deny"
        r"|deny\b|NO_PROXY|no_proxy",
        text, re.IGNORECASE) and not re.search(r"\bingress\b|inbound|from\b", line.text, re.IGNORECASE):
        nearest = next((each.text for each in reversed(file.around(line, 7, 0)) if re.search(r"ingress|egress|inbound|outbound|route", each.text, re.IGNORECASE)), "")
        return not re.search(r"ingress|inbound", nearest, re.IGNORECASE)
    ports = re.findall(
        r"(?:from_port|to_port|port|ports|FromPort|ToPort"
        r"|destination_port_range)[\"']?\s*[:=]\s*\[?\s*[\"']?(\d{1,5})", text)
    return bool(ports) and set(ports) <= {"80", "443"}


def across(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on guards and backups that go, and on numbers that keep less than before."""
    came: dict[str, list[tuple[Subject, Line]]] = {}
    for file in files:
        for line in file.added:
            if file.facets.product and line.code.strip() and not _SPARES.isdisjoint(line_parts(line.text)):
                came.setdefault(words(line.code), []).append((file, line))
    for file in files:
        known = file.facets
        if not known.product or known.lock or known.development or known.locale or not known.language:
            continue
        for line in file.removed:
            code = line.code
            if not code.strip() or _SPARES.isdisjoint(line_parts(line.text)) or any(same_owner(file, line, *each) for each in came.get(words(code), ())[:20]):
                continue
            if _GONE.search(code) and (known.language in ("terraform", "yaml", "json") or re.search(r"Policy\.|protect|deletionProtection", code)) and _owner_stays(file, line):
                if _set_anew(file, line):
                    continue
                at, against = settled(file, line)
                yield file, hit("guard-removed", "infra-guard-removed", Severity.CRITICAL, at, f"removes a protection: {_LOSS}", against=against)
            elif _BACKUP_RUN.search(code) and known.language in ("shell", "yaml", "docker", "make", "ini", "") and not any(_BACKUP_RUN.search(each.code) for other in files for each in other.added):
                yield file, hit("backup-removed", "infra-guard-removed", Severity.HIGH, line, f"removes a backup: {_LOSS}")
        for line in file.added:
            if _SPARES.isdisjoint(line_parts(line.text)):
                continue
            number = _NUMBER.search(line.code)
            if number is None or not _KEEPS.search(number[1]):
                continue
            for before in other_side(file, line):
                old = _NUMBER.search(before.code)
                if old and old[1].lower() == number[1].lower() and old[3] == number[3] and int(number[2]) < int(old[2]) and (_configures(file)):
                    yield file, hit("retention-lowered", "infra-guard-removed", Severity.HIGH, line, "keeps backups, logs or spares for less than before", against=before)
                    break


def _configures(file: Subject) -> bool:
    return file.facets.language in ("terraform", "yaml", "json", "toml", "ini", "shell") or bool(re.search(r"infra|stack|cdk|pulumi|deploy|terraform", file.path, re.IGNORECASE))


def _owner_stays(file: Subject, line: Line) -> bool:
    """Whether the resource that was guarded is still there: unchanged lines around, or a guard that was all of a file."""
    if re.match(r"\s*(?:resource\s+\"|kind\s*:)", line.code):
        return True
    return not file.gone and any(each.kind == " " and each.text.strip() not in ("", "}", "]", ")", "---") for each in file.around(line, 6, 6, " -+"))


def _set_anew(file: Subject, line: Line) -> bool:
    """Whether the same key comes again with a value of its own; other rules look at that value."""
    key = re.search(r"[A-Za-z_][\w.]{3,60}", line.code)
    return key is not None and any(re.search(rf"\b{re.escape(key[0])}\b", each.code) and same_owner(file, line, file, each) for each in file.added)
