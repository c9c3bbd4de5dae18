#!/usr/bin/env bash
# Deliver one environment of a system to AWS, one step a call: delivery.sh STEP
#
#   template      write the environment's template
#   build IMAGE   build one image, once for each commit, and push it
#   prepare       remember what runs; make a stack that is not there yet, without tasks
#   promote       copy the images, unchanged, into the environment's own repositories
#   migrate       run the jobs that must have succeeded before new code serves
#   update        update the stack; CloudFormation and ECS undo an update that fails
#   machine       have the stack's machine take the new version, and wait until it is well
#   smoke         ask every service that the address leads to whether it answers
#   site          upload what changed of the websites, and invalidate only that
#   page          ask whether the address gives this commit's page
#   address       print the environment's address, for the suites that run against it
#   rollback      go back to what `prepare` and `site` remembered
#
# Written by Seatrial; the workflow or buildspec says in variables what to deliver.
# Needs bash, the AWS CLI 2, docker with buildx, jq and curl.
set -euo pipefail

: "${IMAGE_TAG:?the commit}" "${AWS_REGION:?}"
WORK=${WORK:-${RUNNER_TEMP:?a folder for notes between the steps}/delivery}
TEMPLATE_FILE="$WORK/template.json"
mkdir -p "$WORK"
declare -A resources=()

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}

login() {
  local account
  account=$(aws sts get-caller-identity --query Account --output text)
  registry="$account.dkr.ecr.$AWS_REGION.amazonaws.com"
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry" >&2
}

# Say whether a repository has the image of this commit.
has_image() {
  if aws ecr describe-images --repository-name "$1" --image-ids "imageTag=$IMAGE_TAG" \
    >/dev/null 2>"$WORK/error"; then
    return 0
  fi
  grep -q ImageNotFoundException "$WORK/error" || fail "$(<"$WORK/error")"
  return 1
}

template() {
  seatrial template "$SYSTEM" --env "$ENVIRONMENT" --out "$TEMPLATE_FILE"
}

build() {
  local name=$1 file image
  login
  if has_image "$BUILD_REPOSITORY"; then
    say "$name is built already at $IMAGE_TAG"
    return
  fi
  file="$SOURCE/Dockerfile"
  if [[ ! -f $file ]]; then
    file="$WORK/$name.Dockerfile"
    seatrial dockerfile "$name" --system "$SYSTEM" --env "$ENVIRONMENT" --out "$file"
  fi
  image="$registry/$BUILD_REPOSITORY:$IMAGE_TAG"
  # Provenance would make an index of it, which ECR's basic scan does not look into.
  docker buildx build --provenance=false --platform "$PLATFORM" --load \
    --label "org.opencontainers.image.revision=$IMAGE_TAG" --file "$file" --tag "$image" "$SOURCE"
  docker push "$image"
}

# Give the physical id of one of the stack's resources; nothing when it has none of that name.
physical() { printf '%s\n' "${resources[$1]:-}"; }

read_resources() {
  local id name
  aws cloudformation list-stack-resources --stack-name "$STACK" --output json |
    jq -r '.StackResourceSummaries[] | [.LogicalResourceId, .PhysicalResourceId // ""] | @tsv' \
      >"$WORK/resources"
  resources=()
  while IFS=$'\t' read -r id name; do
    resources[$id]=$name
  done <"$WORK/resources"
}

# Give the tag that ran before this delivery; nothing when none did.
tag_before() {
  [[ -s $WORK/before.json ]] || return 0
  jq -r '.Stacks[0].Parameters[]? | select(.ParameterKey == "ImageTag") | .ParameterValue
    | select(. != "initial")' "$WORK/before.json"
}

deploy() {
  local template=$1
  shift
  aws cloudformation deploy --stack-name "$STACK" --template-file "$template" \
    --s3-bucket "$TEMPLATES" --s3-prefix "$STACK" --role-arn "$STACK_ROLE" \
    --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
    --parameter-overrides "$@"
}

# Fill `given` with the parameters that have no default, as far as they are told.
read_given() {
  local name variable
  given=()
  for name in ${PARAMETERS:-}; do
    variable="PARAMETER_$name"
    if [[ -n ${!variable:-} ]]; then
      given+=("$name=${!variable}")
    elif [[ ${1:-} == all ]]; then
      fail "the variable $name is not set, and the stack $STACK cannot be made without it"
    fi
  done
}

# Fill `live` with what is kept as it runs now: the template's own numbers of tasks would undo what
# autoscaling did, and its own shares of traffic what the last rollout did. A first deployment
# starts with the system's own.
read_live() {
  local entry parameter service cluster first arn now rule share shares before
  live=()
  before=$(tag_before)
  for entry in ${COUNTS:-}; do
    IFS='|' read -r parameter service cluster first <<<"$entry"
    arn=$(physical "$service")
    now=$first
    if [[ -n $arn && -n $before ]]; then
      now=$(aws ecs describe-services --cluster "$(physical "$cluster")" --services "$arn" \
        --query 'services[0].desiredCount' --output text)
      [[ $now =~ ^[0-9]+$ ]] || now=$first
    fi
    live+=("$parameter=$now")
  done
  for entry in ${WEIGHTS:-}; do
    IFS='|' read -r rule share <<<"$entry"
    arn=$(physical "$rule")
    [[ -n $arn ]] || continue
    aws elbv2 describe-rules --rule-arns "$arn" --output json \
      --query 'Rules[0].Actions[0].ForwardConfig.TargetGroups' >"$WORK/groups.json"
    IFS='|' read -ra shares <<<"$share"
    for share in "${shares[@]}"; do
      now=$(jq -r --arg arn "$(physical "${share#*=}")" \
        '.[] | select(.TargetGroupArn == $arn) | .Weight' "$WORK/groups.json")
      [[ -z $now ]] || live+=("${share%%=*}=$now")
    done
  done
}

prepare() {
  local entry zero=()
  rm -rf "$WORK/before.json" "$WORK/late" "$WORK/updated" "$WORK/sites"
  if aws cloudformation describe-stacks --stack-name "$STACK" --output json \
    >"$WORK/found.json" 2>"$WORK/error"; then
    case $(jq -r '.Stacks[0].StackStatus' "$WORK/found.json") in
      ROLLBACK_COMPLETE | REVIEW_IN_PROGRESS)
        fail "the stack $STACK was never made whole. Delete it, then deliver again." ;;
    esac
    mv "$WORK/found.json" "$WORK/before.json"
    aws cloudformation get-template --stack-name "$STACK" --template-stage Original \
      --query TemplateBody --output json >"$WORK/before-template.json"
    return
  fi
  grep -q 'does not exist' "$WORK/error" || fail "$(<"$WORK/error")"
  say "the stack $STACK is new: it starts without tasks, because its images come next"
  for entry in ${COUNTS:-}; do
    zero+=("${entry%%|*}=0")
  done
  read_given all
  deploy "$TEMPLATE_FILE" ImageTag=initial "${given[@]}" "${zero[@]}"
}

promote() {
  local pair from to digest
  login
  for pair in $IMAGES; do
    from=${pair%%=*}
    to=${pair#*=}
    if has_image "$to"; then
      say "$to has $IMAGE_TAG already"
      continue
    fi
    digest=$(aws ecr describe-images --repository-name "$from" \
      --image-ids "imageTag=$IMAGE_TAG" --query 'imageDetails[0].imageDigest' --output text)
    docker buildx imagetools create --prefer-index=false \
      --tag "$registry/$to:$IMAGE_TAG" "$registry/$from@$digest"
  done
}

# Run one job with this commit's image; the settings are those of the stack as it is.
run_job() {
  local task=$1 group=$2 subnets=$3 cluster=$4 arn revision network run tries=0 ids=() subnet
  arn=$(physical "$task")
  aws ecs describe-task-definition --task-definition "$arn" --query taskDefinition \
    --output json >"$WORK/task.json"
  jq --arg tag ":$IMAGE_TAG" '
    .containerDefinitions |= map(
      if .image | test("\\.dkr\\.ecr\\.") then .image |= sub(":[^:/@]*$"; $tag) else . end)
    | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities,
      .registeredAt, .registeredBy)' "$WORK/task.json" >"$WORK/job.json"
  revision=$(aws ecs register-task-definition --cli-input-json "file://$WORK/job.json" \
    --query taskDefinition.taskDefinitionArn --output text)
  for subnet in ${subnets//,/ }; do
    ids+=("$(physical "$subnet")")
  done
  network=$(jq -cn --arg group "$(physical "$group")" '{awsvpcConfiguration:
    {subnets: $ARGS.positional, securityGroups: [$group], assignPublicIp: "DISABLED"}}' \
    --args "${ids[@]}")
  cluster=$(physical "$cluster")
  run=$(aws ecs run-task --cluster "$cluster" --task-definition "$revision" \
    --launch-type FARGATE --network-configuration "$network" \
    --query 'tasks[0].taskArn' --output text)
  [[ $run == arn:* ]] || fail "$task was not started"
  say "$task runs: $run"
  until aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$run"; do
    # One wait is ten minutes.
    ((++tries < 6)) || fail "$task has run for an hour"
  done
  aws ecs describe-tasks --cluster "$cluster" --tasks "$run" --query 'tasks[0]' --output json \
    >"$WORK/run.json"
  jq -e '.containers | length > 0 and all(.exitCode == 0)' "$WORK/run.json" >/dev/null ||
    fail "$task failed: $(jq -c '[.stoppedReason, (.containers[] | [.name, .exitCode, .reason])]' \
      "$WORK/run.json")"
}

migrate() {
  local job task group subnets cluster
  read_resources
  for job in ${JOBS:-}; do
    IFS='|' read -r task group subnets cluster <<<"$job"
    if [[ -z $(physical "$task") ]]; then
      say "warning: $task is new in the stack and can only run right after this update"
      printf '%s\n' "$job" >>"$WORK/late"
      continue
    fi
    run_job "$task" "$group" "$subnets" "$cluster"
  done
}

update() {
  local task group subnets cluster
  read_resources
  read_given
  read_live
  deploy "$TEMPLATE_FILE" "ImageTag=$IMAGE_TAG" "${given[@]}" "${live[@]}"
  : >"$WORK/updated"
  [[ -s $WORK/late ]] || return 0
  read_resources
  while IFS='|' read -r task group subnets cluster <&3; do
    run_job "$task" "$group" "$subnets" "$cluster"
  done 3<"$WORK/late"
}

read_address() {
  address=$(aws cloudformation describe-stacks --stack-name "$STACK" \
    --query "Stacks[0].Outputs[?OutputKey=='Address'].OutputValue" --output text)
  [[ $address == http* ]] || fail "the stack $STACK tells no address"
}

# Have a machine run one of the stack's commands to its end, and show what it said when it failed.
run_command() {
  local command=$1 machine said="$WORK/command.json" id status='' tries=0
  machine=$(physical "$2")
  # One that has just started is not known to Systems Manager yet.
  until id=$(aws ssm send-command --document-name "$(physical "$command")" \
    --instance-ids "$machine" --parameters "$3" --comment "$IMAGE_TAG" --timeout-seconds 600 \
    --query Command.CommandId --output text 2>"$WORK/error"); do
    grep -q InvalidInstanceId "$WORK/error" || fail "$(<"$WORK/error")"
    ((++tries < 120)) || fail "Systems Manager does not know $machine"
    sleep "${PAUSE:-5}"
  done
  say "$command runs on $machine: $id"
  tries=0
  until [[ $status == Success ]]; do
    ((++tries < 720)) || fail "$command has run for an hour"
    sleep "${PAUSE:-5}"
    if ! aws ssm get-command-invocation --command-id "$id" --instance-id "$machine" \
      --output json >"$said" 2>"$WORK/error"; then
      grep -q InvocationDoesNotExist "$WORK/error" || fail "$(<"$WORK/error")"
      continue
    fi
    status=$(jq -r .Status "$said")
    case $status in
      Success | Pending | InProgress | Delayed | Cancelling) ;;
      *)
        say "$(jq -r '.StandardOutputContent + .StandardErrorContent' "$said")"
        fail "$command on $machine: $(jq -r .StatusDetails "$said")" ;;
    esac
  done
}

machine() {
  local entry command machine run jobs job
  read_resources
  for entry in $MACHINES; do
    IFS='|' read -r command machine run jobs <<<"$entry"
    run_command "$command" "$machine" Jobs=run
    for job in ${jobs//,/ }; do
      run_command "$run" "$machine" "Job=$job"
    done
  done
}

restore_machines() {
  local entry command machine
  [[ -z ${MACHINES:-} ]] || read_resources
  for entry in ${MACHINES:-}; do
    IFS='|' read -r command machine _ <<<"$entry"
    run_command "$command" "$machine" Jobs=leave
  done
}

smoke() {
  local path answer status server tries
  read_address
  for path in ${HEALTHY:-}; do
    curl --fail --silent --show-error --output /dev/null --max-time 10 \
      --retry 12 --retry-delay 5 --retry-all-errors "$address$path"
    say "$address$path is healthy"
  done
  # Without a health path that the address leads to, any answer of the service itself will do: a
  # 404 or 401 is one, but not those of the load balancer, of the bucket or of CloudFront.
  for path in ${ANSWERED:-}; do
    tries=0
    until
      answer=$(curl --silent --output /dev/null --max-time 10 \
        --write-out '%{http_code} %header{server}' "$address$path" || true)
      read -r status server <<<"$answer"
      [[ $status =~ ^[1-4] && $server != awselb* && $server != AmazonS3 && $server != CloudFront ]]
    do
      ((++tries < 12)) || fail "no service answers at $address$path: $status from ${server:-nobody}"
      sleep "${PAUSE:-5}"
    done
    say "$address$path is answered: $status"
  done
}

# A bundler writes a file's hash into its name, so that what the name holds never changes.
is_hashed() {
  local hash
  if [[ ${1##*/} =~ [.-]([0-9a-f]{8,64})(\.[a-z0-9]+)+$ ]]; then
    hash=${BASH_REMATCH[1]}
    [[ $hash == *[0-9]* && $hash == *[a-f]* ]]
  elif [[ $1 =~ ^(assets|static)/.*[.-]([0-9A-Za-z]{8})(\.[a-z0-9]+)+$ ]]; then
    hash=${BASH_REMATCH[2]}
    [[ $hash == *[0-9]* && $hash == *[A-Z]* ]]
  else
    return 1
  fi
}

# List a folder's files: a hash and a key in each line.
list_files() {
  (cd "$1" && find . -type f -print0 | xargs -0 -r sha256sum) | sed 's,  \./,  ,' | LC_ALL=C sort
}

# Fill the associative array of this name with a list, the hash by the key.
read_list() {
  local -n into=$1
  local line
  into=()
  while IFS= read -r line; do
    # shellcheck disable=SC2034 # it is the caller's array, by its name
    into[${line:66}]=${line:0:64}
  done <"$2"
}

keep_list() {
  local -n from=$1
  local key
  for key in "${!from[@]}"; do
    printf '%s  %s\n' "${from[$key]}" "$key"
  done | LC_ALL=C sort >"$WORK/list"
  aws s3 cp --quiet "$WORK/list" "$notes"
}

put() {
  [[ ! -d $WORK/up/$1 ]] ||
    aws s3 cp --quiet --recursive "$WORK/up/$1" "s3://$bucket/" --cache-control "$2"
}

# Browsers never ask again for what cannot change, and always for the rest; CloudFront keeps both
# for as long as the distribution says, because it is told what changed.
FOREVER='public, max-age=31536000, immutable'
ASK='public, max-age=0, must-revalidate, s-maxage=31536000'
TOUCHED=0000000000000000000000000000000000000000000000000000000000000000
LEFT=ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff

# Make a bucket hold the files of a folder's list, and the distribution forget what changed.
publish() {
  local folder=$1 list=$2 key kind copy changed=() gone=() paths=() id
  local -A was now marked
  read_list was "$WORK/noted"
  read_list now "$list"
  for key in "${!now[@]}"; do
    [[ ${was[$key]:-} == "${now[$key]}" ]] || changed+=("$key")
  done
  for key in "${!was[@]}"; do
    [[ -z ${now[$key]:-} ]] || continue
    if is_hashed "$key" && [[ ${was[$key]} != "$LEFT" ]]; then
      now[$key]=$LEFT # an open page still asks for it, until the next delivery
    else
      gone+=("$key")
    fi
  done
  # What is touched is noted first, so that an end in the middle leaves nothing unknown.
  for key in "${!was[@]}"; do marked[$key]=${was[$key]}; done
  # shellcheck disable=SC2034 # read by its name
  for key in "${changed[@]}" "${gone[@]}"; do marked[$key]=$TOUCHED; done
  keep_list marked
  rm -rf "$WORK/up"
  for key in "${changed[@]}"; do
    kind=files
    if is_hashed "$key"; then kind=hashed; elif [[ $key == *.html ]]; then kind=pages; fi
    copy="$WORK/up/$kind/$key"
    mkdir -p "${copy%/*}"
    cp "$folder/$key" "$copy"
  done
  # Pages come last, so that none names a file that is not there yet.
  put hashed "$FOREVER"
  put files "$ASK"
  put pages "$ASK"
  for key in "${gone[@]}"; do
    aws s3 rm --quiet "s3://$bucket/$key"
  done
  for key in "${changed[@]}" "${gone[@]}"; do
    if is_hashed "$key" && [[ -z ${was[$key]:-} ]]; then continue; fi
    printf '%s\n' "$key"
    [[ $key != index.html ]] || printf '\n' # which is served at / too
  done | jq -Rr '"/" + (split("/") | map(@uri) | join("/"))' >"$WORK/paths"
  mapfile -t paths <"$WORK/paths"
  # The first 1,000 paths of a month are free, and one request takes at most 3,000.
  ((${#paths[@]} <= 300)) || paths=("/*")
  if ((${#paths[@]} > 0)); then
    id=$(aws cloudfront create-invalidation --distribution-id "$distribution" \
      --paths "${paths[@]}" --query Invalidation.Id --output text)
    aws cloudfront wait invalidation-completed --distribution-id "$distribution" --id "$id"
  fi
  keep_list now
  say "website: ${#changed[@]} uploaded, ${#gone[@]} removed, ${#paths[@]} invalidated"
}

# Fill `bucket`, `distribution` and `notes` for a website, and `folder` with where its files are.
read_site() {
  local id
  IFS='|' read -r folder id distribution <<<"$1"
  bucket=$(physical "$id")
  distribution=$(physical "$distribution")
  notes="s3://$TEMPLATES/$STACK/$id.sha256"
  kept="$WORK/sites/$id"
}

site() {
  local entry folder bucket distribution notes kept
  read_resources
  for entry in $SITES; do
    read_site "$entry"
    [[ -f $folder/index.html ]] || fail "there is no $folder/index.html to upload"
    if ! aws s3 cp --quiet "$notes" "$WORK/noted" 2>"$WORK/error"; then
      grep -qE '404|NoSuchKey|Not Found' "$WORK/error" || fail "$(<"$WORK/error")"
      : >"$WORK/noted"
    fi
    list_files "$folder" >"$WORK/now"
    if [[ -s $WORK/noted ]]; then
      mkdir -p "$kept"
      aws s3 sync --quiet "s3://$bucket" "$kept/files"
      cp "$WORK/noted" "$kept/list"
    fi
    publish "$folder" "$WORK/now"
  done
}

page() {
  local wanted entry folder bucket distribution notes kept tries=0
  read_address
  read_resources
  # The address leads to one website; others are where the description says.
  entry=${SITES%% *}
  read_site "$entry"
  wanted=$(sha256sum <"$folder/index.html")
  until [[ $(curl --fail --silent --show-error --max-time 10 "$address/" | sha256sum) == "$wanted" ]]; do
    ((++tries < 24)) || fail "$address/ does not give this commit's index.html"
    sleep "${PAUSE:-5}"
  done
  say "$address/ gives this commit's page"
}

address() {
  read_address
  printf '%s\n' "$address"
}

restore_sites() {
  local entry folder bucket distribution notes kept
  read_resources
  for entry in ${SITES:-}; do
    read_site "$entry"
    [[ -e $kept/list ]] || continue
    say "the website goes back to what it was"
    aws s3 cp --quiet "$notes" "$WORK/noted"
    publish "$kept/files" "$kept/list"
  done
}

rollback() {
  local before kept=()
  if [[ ! -e $WORK/updated ]]; then
    say "the stack is as it was: no update of it succeeded"
    return
  fi
  before=$(tag_before)
  if [[ -z $before ]]; then
    say "nothing ran in $STACK before this delivery, so there is nothing to go back to"
    return
  fi
  restore_sites
  say "back to $before; what jobs changed in a database stays"
  read_live
  mapfile -t kept < <(jq -r --arg live " ${live[*]}" '.Stacks[0].Parameters[]?
    | select(.ParameterValue != "****")
    | select(.ParameterKey as $key | $live | contains(" " + $key + "=") | not)
    | .ParameterKey + "=" + .ParameterValue' "$WORK/before.json")
  deploy "$WORK/before-template.json" "${kept[@]}" "${live[@]}"
  restore_machines
}

case ${1:-} in
  build) build "${2:?which image}" ;;
  template | prepare | promote | migrate | update | machine | smoke | site | page | address | rollback)
    "$1" ;;
  *) fail "delivery.sh takes template, build, prepare, promote, migrate, update, machine, smoke, site, page, address, rollback" ;;
esac
