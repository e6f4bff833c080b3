import CoverModel

extension FleetScript {
    /// The common beginning of all scripts: the fleet, its bridges, and how both are loaded and stored.
    ///
    /// `KEYS`: the fleet, its bridges, and the further keys of the script. `ARGV`: the time (empty: the time of Redis),
    /// an epoch for a new fleet, the channel of the announcements, the bridge (id, connection, rate, burst, name), and
    /// the further arguments of the script.
    static let state = """
        local clock, candidate, channel, id, line, ownRate, ownBurst, ownName = unpack(ARGV, 1, 8)
        local OWN = 9
        local FIELDS = {'form', 'epoch', 'number', 'fence', 'grantedUntil', 'streak', 'interactiveCount', 'interactiveUntil',
            'backgroundCount', 'backgroundUntil', 'generation', 'repeats', 'closedAt', 'cause', 'pausedAt', 'pauseLength',
            'trialFence', 'trialBridge', 'trialAt', 'trialLength'}
        local TEXTS = {form = true, epoch = true, cause = true, trialBridge = true, claimBridge = true, content = true}
        local now
        local fleet, fleetBefore
        local bridges, changed, gone = {}, {}, {}
        local rate, burst, highest

        -- Ends the script with an error answer.
        local function refuse(...) error({answer = {...}}) end

        local function announce(...)
            local parts = {}
            for index, part in ipairs({...}) do
                if type(part) == 'number' then part = string.format('%.0f', part) end
                parts[index] = string.len(part) .. ':' .. part
            end
            redis.call('PUBLISH', channel, table.concat(parts))
        end

        -- A hash with numbers and texts, and its stored form.
        local function load(key, fields)
            local values, stored, loaded = redis.call('HMGET', key, unpack(fields)), {}, {}
            for index, field in ipairs(fields) do
                if values[index] then
                    stored[field] = values[index]
                    loaded[field] = TEXTS[field] and values[index] or tonumber(values[index])
                end
            end
            return loaded, stored
        end

        -- Stores the differences only.
        local function store(key, fields, value, stored)
            local set, deleted = {}, {}
            for _, field in ipairs(fields) do
                local text = value[field]
                if type(text) == 'number' then text = string.format('%.0f', text) end
                if text == nil then
                    if stored[field] then deleted[#deleted + 1] = field end
                elseif text ~= stored[field] then
                    set[#set + 1] = field
                    set[#set + 1] = text
                end
            end
            if #set > 0 then redis.call('HSET', key, unpack(set)) end
            if #deleted > 0 then redis.call('HDEL', key, unpack(deleted)) end
            return #set + #deleted > 0
        end

        local function remaining(start, length) return math.max(0, math.min(start, now) + length - now) end

        local function loadFleet()
            if clock ~= '' then
                now = tonumber(clock)
            else
                local time = redis.call('TIME')
                now = tonumber(time[1]) * 1000000 + tonumber(time[2])
            end
            fleet, fleetBefore = load(KEYS[1], FIELDS)
            if fleet.form and fleet.form ~= '\(form)' then refuse('form', fleet.form) end
            for _, field in ipairs({'number', 'fence', 'grantedUntil', 'streak', 'interactiveCount', 'interactiveUntil',
                'backgroundCount', 'backgroundUntil', 'generation', 'repeats'}) do
                fleet[field] = fleet[field] or 0
            end
            local stored = redis.call('HGETALL', KEYS[2])
            for index = 1, #stored, 2 do
                local seen, joined, line, rate, burst, name =
                    string.match(stored[index + 1], '^(%d+) (%d+) (%d+) (%S+) (%S+) (.*)$')
                if seen and tonumber(rate) and tonumber(burst) then
                    bridges[stored[index]] = {seen = tonumber(seen), joined = tonumber(joined), line = tonumber(line),
                        rate = rate, burst = burst, name = name}
                else
                    gone[#gone + 1] = stored[index]
                end
            end
        end

        -- Removes absent bridges, ends periods that are over, and restarts periods in the future of a clock that stepped back.
        local function settle()
            for other, bridge in pairs(bridges) do
                if bridge.seen > now then
                    bridge.seen = now
                    changed[other] = true
                end
                if now - bridge.seen >= \(time(FleetLimits.silence)) then
                    bridges[other] = nil
                    changed[other] = nil
                    gone[#gone + 1] = other
                end
            end
            rate, burst, highest = nil, nil, nil
            for _, bridge in pairs(bridges) do
                local own = tonumber(bridge.rate)
                rate = math.min(rate or own, own)
                highest = math.max(highest or own, own)
                burst = math.min(burst or tonumber(bridge.burst), tonumber(bridge.burst))
            end
            rate = math.max(rate or 0, \(FleetLimits.slowestRate))
            highest = highest or rate
            burst = math.max(burst or 1, 1)
            local step = math.ceil(1000000 / rate)
            fleet.grantedUntil = math.min(fleet.grantedUntil, now + \(time(FleetLimits.horizon)) + math.floor(step * burst))
            for _, urgency in ipairs({'interactive', 'background'}) do
                if fleet[urgency .. 'Until'] <= now then
                    fleet[urgency .. 'Count'] = 0
                    fleet[urgency .. 'Until'] = 0
                end
                fleet[urgency .. 'Until'] = math.min(
                    fleet[urgency .. 'Until'],
                    now + \(time(FleetLimits.longestWait + FleetBudget.Waiting.patience))
                )
            end
            if fleet.closedAt then fleet.closedAt = math.min(fleet.closedAt, now) end
            if fleet.pausedAt then
                fleet.pausedAt = math.min(fleet.pausedAt, now)
                if remaining(fleet.pausedAt, fleet.pauseLength) == 0 then
                    fleet.pausedAt, fleet.pauseLength = nil, nil
                end
            elseif fleet.trialAt then
                fleet.trialAt = math.min(fleet.trialAt, now)
            end
        end

        -- Records that the bridge is present. Commands of its earlier connections come too late.
        local function see()
            local known = bridges[id]
            if known and tonumber(line) < known.line then refuse('late') end
            local isNoted = known and known.line == tonumber(line) and known.rate == ownRate and known.burst == ownBurst
                and known.name == ownName and now - known.seen < \(time(FleetState.seeing))
            if not isNoted then
                bridges[id] = {seen = now, joined = known and known.joined or now, line = tonumber(line), rate = ownRate,
                    burst = ownBurst, name = ownName}
                changed[id] = true
            end
            settle()
        end

        -- Stores the fleet and its bridges. Announces a reset to the readers.
        local function storeFleet()
            local set = {}
            for other in pairs(changed) do
                local bridge = bridges[other]
                set[#set + 1] = other
                set[#set + 1] = string.format('%.0f %.0f %.0f %s %s %s', bridge.seen, bridge.joined, bridge.line, bridge.rate,
                    bridge.burst, bridge.name)
            end
            if #set > 0 then redis.call('HSET', KEYS[2], unpack(set)) end
            if #gone > 0 then redis.call('HDEL', KEYS[2], unpack(gone)) end
            store(KEYS[1], FIELDS, fleet, fleetBefore)
        end

        -- Creates the fleet if it does not exist.
        local function begun()
            if fleet.epoch then return false end
            fleet.form, fleet.epoch = '\(form)', candidate
            return true
        end

        local function keep(key) redis.call('PEXPIRE', key, \(retention.wholeMilliseconds)) end

        local function closeStep(isNew)
            storeFleet()
            if isNew then
                keep(KEYS[1])
                keep(KEYS[2])
                announce('\(form)', 'gap')
            end
        end

        -- The current pause: its cause, empty if there is none, and its rest.
        local function pause()
            if not fleet.cause then return '', 0 end
            if not fleet.pausedAt then return fleet.cause, 0 end
            return fleet.cause, remaining(fleet.pausedAt, fleet.pauseLength)
        end


        """

    /// Runs the main function. Errors of its commands become answers.
    static let end = """
        local isDone, answer = pcall(main)
        if isDone then return answer end
        if type(answer) == 'table' then
            if answer.answer then return answer.answer end
            answer = answer.err
        end
        return {'error', tostring(answer)}
        """

    /// How long Redis keeps an unused fleet. This is longer than the time for which readings are kept.
    private static let retention = FleetLimits.finalRetention * 2
}
