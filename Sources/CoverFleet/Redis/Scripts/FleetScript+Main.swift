/// The main part of each script. `KEYS[3]` is the key of the task, if the script has one. `KEYS[4]` is the list of the
/// tasks with the most recent readings.
extension FleetScript {
    /// `ARGV`: urgency, task, freshness (`newer`, epoch, number; or `within`, age, age of an error), the number of a reading that is excluded.
    static let beginMain = """
        local urgency, name, freshness, first, second, unwanted = unpack(ARGV, OWN)
        loadFleet()
        local isNew = begun()
        see()
        local task, stored = loadTask(KEYS[3])
        if task.number and now < expiry(task) and string.format('%.0f', task.number) ~= unwanted then
            local isWanted
            local age = now - task.readAt
            if freshness == 'newer' then
                isWanted = (first ~= fleet.epoch or task.number > tonumber(second))
                    and (not task.failingFor or age < \(time(FleetLimits.errorAge)))
            else
                isWanted = age < tonumber(task.failingFor and second or first)
            end
            if isWanted then
                closeStep(isNew)
                return {'reading', fleet.epoch, task.number, task.content, task.faults, failing(task) or 0, now - task.readAt}
            end
        end
        local holder = task.claimFence and task.claimBridge ~= id and bridges[task.claimBridge]
        if holder then
            local silence = urgency == 'interactive' and \(time(FleetLimits.interactiveSilence)) or \(time(FleetLimits.silence))
            local rest = math.min(remaining(task.claimedAt, task.claimLength), holder.seen + silence - now)
            if rest > 0 then
                closeStep(isNew)
                return {'wait', 'claimed', rest, ''}
            end
        end
        local fence, answer = turn(urgency)
        closeStep(isNew)
        if fence then
            task.claimFence, task.claimBridge, task.claimedAt, task.claimLength = fence, id, now, \(time(FleetLimits.claim))
            storeTask(KEYS[3], task, stored)
            announce('\(form)', 'claimed', name, id, task.claimLength)
        end
        return answer
        """

    /// `ARGV`: urgency.
    static let takeMain = """
        loadFleet()
        local isNew = begun()
        see()
        local _, answer = turn(ARGV[OWN])
        closeStep(isNew)
        return answer
        """

    /// `ARGV`: epoch, fence and generation of the claim, the task (empty: none), the result about the API, the reading
    /// (empty: none), whether it is final, `status`, `fault` or `unknown`, and the possible lengths of a pause, one for
    /// each number of earlier pauses in a row.
    static let finishMain = """
        local epoch, fence, generation, name, word, content, final, kind = unpack(ARGV, OWN, OWN + 7)
        local lengths = {unpack(ARGV, OWN + 8)}
        loadFleet()
        local isNew = begun()
        see()
        local task, stored
        if name ~= '' then task, stored = loadTask(KEYS[3]) end
        fence = tonumber(fence)
        if epoch ~= fleet.epoch or (task and task.claimFence ~= fence) then
            closeStep(isNew)
            return {'done', fleet.epoch, 0, pause()}
        end
        local move = hear(fence, tonumber(generation), word, lengths)
        local number = 0
        if task then
            free(task)
            if content ~= '' then
                fleet.number = fleet.number + 1
                number = fleet.number
                if kind == 'status' then
                    task.faults, task.failingFor = 0, nil
                else
                    task.faults = (task.faults or 0) + (kind == 'fault' and 1 or 0)
                    task.failingFor = failing(task) or 0
                end
                task.number, task.content, task.final, task.readAt = number, content, tonumber(final), now
            end
        end
        closeStep(isNew)
        if task then
            storeTask(KEYS[3], task, stored)
            if number > 0 then
                redis.call('ZADD', KEYS[4], number, name)
                redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -\(latest + 1))
            end
        end
        if move == 'paused' then announce('\(form)', 'paused', pause()) elseif move then announce('\(form)', move) end
        if number > 0 then
            announce('\(form)', 'reading', name, fleet.epoch, number, content, task.faults, task.failingFor or 0)
        elseif task then
            announce('\(form)', 'freed', name)
        end
        return {'done', fleet.epoch, number, pause()}
        """

    static let beatMain = """
        loadFleet()
        local isNew = begun()
        see()
        closeStep(isNew)
        for index = 1, 3 do keep(KEYS[index]) end
        local others = {}
        for other in pairs(bridges) do others[#others + 1] = other end
        local cause, rest = pause()
        return {'view', string.format('%.17g', rate), string.format('%.17g', highest), cause, rest, others}
        """

    static let leaveMain = """
        loadFleet()
        if bridges[id] then
            bridges[id], changed[id] = nil, nil
            gone[#gone + 1] = id
        end
        settle()
        storeFleet()
        return {'left'}
        """

    /// `ARGV`: the task (empty: none), and the fences of the bridge's known claims.
    static let releaseMain = """
        local name = ARGV[OWN]
        local own = {}
        for index = OWN + 1, #ARGV do own[tonumber(ARGV[index])] = true end
        loadFleet()
        local isNew = begun()
        see()
        if fleet.trialBridge == id and not own[fleet.trialFence] then endTrial() end
        closeStep(isNew)
        if name ~= '' then
            local task, stored = loadTask(KEYS[3])
            if task.claimBridge == id and not own[task.claimFence] then
                free(task)
                storeTask(KEYS[3], task, stored)
                announce('\(form)', 'freed', name)
            end
        end
        return {'released'}
        """

    /// `ARGV`: how many of the tasks with the most recent readings to list.
    static let overviewMain = """
        loadFleet()
        settle()
        local members = {}
        for other, bridge in pairs(bridges) do
            members[#members + 1] = {other, bridge.rate, bridge.burst, bridge.name, math.max(0, now - bridge.joined), now - bridge.seen}
        end
        local names = {}
        local count = tonumber(ARGV[OWN])
        if count > 0 then names = redis.call('ZREVRANGE', KEYS[3], 0, count - 1) end
        local cause, rest = pause()
        local tokens = math.min(burst, burst - (fleet.grantedUntil - now) / 1000000 * rate)
        return {'overview', string.format('%.17g', rate), string.format('%.17g', burst), string.format('%.17g', tokens), fleet.fence,
            cause, rest, members, names}
        """

    /// `KEYS`: after the first two keys, the keys of the tasks.
    static let tasksMain = """
        loadFleet()
        settle()
        local found = {'tasks'}
        for index = 3, #KEYS do
            local task = loadTask(KEYS[index])
            local claimant = ''
            if task.claimFence and remaining(task.claimedAt, task.claimLength) > 0 then claimant = task.claimBridge end
            if task.number then
                found[#found + 1] = {fleet.epoch, task.number, task.content, task.faults, failing(task) or 0, now - task.readAt, claimant}
            else
                found[#found + 1] = {}
            end
        end
        return found
        """

    static let probeMain = """
        loadFleet()
        redis.call('HSET', KEYS[3], 'form', '\(form)')
        redis.call('PEXPIRE', KEYS[3], 1000)
        redis.call('HDEL', KEYS[3], 'form')
        redis.call('ZADD', KEYS[3], 1, 'form')
        redis.call('ZREVRANGE', KEYS[3], 0, 0)
        redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1)
        redis.call('DEL', KEYS[3])
        announce('\(form)', 'probe')
        return {'allowed'}
        """

    /// The largest number of tasks in the list of the tasks with the most recent readings.
    static let latest = 100
}
